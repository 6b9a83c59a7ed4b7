/** What PostgreSQL says about a statement before it runs: the names and types of its columns. */
import type pg from "pg";

export interface Column {
  readonly name: string;
  readonly type: string;
  /** Whether it is a table's own column that may hold null. */
  readonly nullable: boolean;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly tableID: number;
  readonly columnID: number;
}

interface Wire {
  parse(query: { text: string }): void;
  describe(what: { type: "S"; name: string }): void;
  sync(): void;
}

/** The extended protocol's Parse and Describe: nothing is executed. */
class Description {
  private readonly text: string;
  private fields: readonly Field[] = [];
  private readonly done = Promise.withResolvers<readonly Field[]>();
  readonly answer = this.done.promise;

  constructor(text: string) {
    this.text = text;
  }
  submit(wire: Wire): void {
    wire.parse({ text: this.text });
    wire.describe({ type: "S", name: "" });
    wire.sync();
  }
  handleRowDescription({ fields }: { fields: readonly Field[] }): void {
    this.fields = fields;
  }
  handleError(error: Error): void {
    this.done.reject(error);
  }
  handleReadyForQuery(): void {
    this.done.resolve(this.fields);
  }
}

export async function describeStatement(client: pg.ClientBase, text: string): Promise<Column[]> {
  const description = new Description(text);
  client.query(description as unknown as pg.Submittable);
  const fields = await description.answer;
  const { rows } = await client.query<{ type: string; nullable: boolean }>(
    `select f.type::regtype::text as type, a.attname is not null and not a.attnotnull as nullable
     from unnest($1::oid[], $2::oid[], $3::int[]) with ordinality as f (type, relation, number, place)
     left join pg_attribute a on a.attrelid = f.relation and a.attnum = f.number and f.number > 0 order by f.place`,
    [fields.map((field) => field.dataTypeID), fields.map((field) => field.tableID), fields.map((field) => field.columnID)],
  );
  return fields.map(({ name }, index) => ({ name, ...rows[index]! }));
}
