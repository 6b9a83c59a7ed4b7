import type { Operation, Parameter, Schema } from "./description.ts";
import { markup, type Html } from "./markup.ts";

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

/** A schema in one line: `"queued" | "running"`, `string or null`, `[Output]`. */
function typeOf(schema: Schema): Html {
  if (schema.$ref) return nameOf(schema.$ref).startsWith("__") ? markup`any JSON` : markup`<a href="#schema-${nameOf(schema.$ref)}">${nameOf(schema.$ref)}</a>`;
  if (schema.const !== undefined) return markup`${JSON.stringify(schema.const)}`;
  if (schema.enum) return markup`${schema.enum.map((value) => JSON.stringify(value)).join(" | ")}`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return markup`${choices.map((choice, at) => markup`${at > 0 && " or "}${typeOf(choice)}`)}`;
  if (schema.type === "array") return markup`[${typeOf(schema.items ?? {})}]`;
  if (schema.properties)
    return markup`{ ${Object.entries(schema.properties).map(([name, member], at) => markup`${at > 0 && ", "}${name}: ${typeOf(member)}`)} }`;
  return markup`${[schema.type ?? "any JSON"].flat().join(" or ")}`;
}

const members = (schema: Schema): Html =>
  markup`<dl>
    ${Object.entries(schema.properties ?? {}).map(
      ([name, member]) =>
        markup`<dt><code>${name}</code>${schema.required?.includes(name) ? "" : markup` <i>optional</i>`}</dt>
          <dd>${typeOf(member)}${member.default === undefined ? "" : `, ${JSON.stringify(member.default)} if absent`}</dd>`,
    )}
  </dl>`;

export const schemaBlock = (name: string, schema: Schema): Html =>
  markup`<section id="schema-${name}">
    <h3>${name}</h3>
    ${schema.properties ? members(schema) : markup`<p>${typeOf(schema)}</p>`}
  </section>`;

const field = ({ name, in: where, required, description, schema }: Parameter): Html =>
  markup`<label
    ><span><code>${name}</code> ${where}${required ? "" : ", optional"}</span>
    <input
      name="${name}"
      data-in="${where}"
      placeholder="${String(schema.example ?? schema.default ?? "")}"
      ${required && markup`required`}
      autocomplete="off"
      spellcheck="false"
    />
    <small>${description?.replaceAll("`", "") ?? typeOf(schema)}</small></label
  >`;

const who = ({ security }: Operation): string => {
  const names = security.flatMap(Object.keys);
  if (names.length === 0) return "Open to everybody.";
  if (names.includes("metricsToken")) return "For the operator's token.";
  return names.includes("apiKey") ? "For an API key or a signed-in person." : "For a signed-in person.";
};

export function operationBlock(path: string, method: string, operation: Operation): Html {
  const body = operation.requestBody?.content["application/json"];
  const stream = Object.values(operation.responses).some(({ content }) => content?.["text/event-stream"]);
  return markup`<details class="operation" id="${operation.operationId}">
    <summary><b>${method.toUpperCase()}</b> <code>${path}</code> <span>${operation.summary}</span></summary>
    <p>${who(operation)}</p>
    <form data-method="${method.toUpperCase()}" data-path="${path}" data-accept="${stream ? "text/event-stream" : "application/json"}">
      ${(operation.parameters ?? []).map(field)}
      ${
        body &&
        markup`<label><span>Body</span><textarea name="body" rows="8" spellcheck="false">${JSON.stringify(body.example ?? {}, null, 2)}</textarea></label>
          ${body.schema && members(body.schema)}`
      }
      <button>Send</button> <button type="button" class="stop" hidden>Stop</button>
      <pre class="answer" tabindex="0" aria-live="polite" hidden></pre>
    </form>
    <table>
      <caption>
        Answers
      </caption>
      ${Object.entries(operation.responses).map(
        ([status, { description, content }]) =>
          markup`<tr>
            <th scope="row">${status}</th>
            <td>${description.split("\n").map((line) => markup`<p>${line.replaceAll("`", "")}</p>`)}</td>
            <td>${Object.values(content ?? {}).map(({ schema }) => schema && typeOf(schema))}</td>
          </tr>`,
      )}
    </table>
  </details>`;
}
