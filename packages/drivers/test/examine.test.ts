/** Good and bad set-ups of storage: what is said of each, and that nothing is left of the look. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListMultipartUploadsCommand, ListObjectsV2Command, PutBucketAclCommand, PutBucketCorsCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examine as examineFolder } from "@cooly/drivers/store/filesystem/examine";
import { examine, type S3ExamineOptions } from "@cooly/drivers/store/s3/examine";
import type { Finding } from "@cooly/engine/ports";
import { openHttpFaults } from "../../../test/rig/http-faults.ts";
import { useRadosgw } from "../../../test/servers/radosgw.ts";
import { storeOptions, type S3Server } from "../../../test/servers/s3-server.ts";

const STUDIO = "https://studio.example";
const byLevel = (findings: readonly Finding[], level: Finding["level"]): Finding[] => findings.filter((finding) => finding.level === level);
const codes = (findings: readonly Finding[], level: Finding["level"]): string[] => byLevel(findings, level).map(({ code }) => code);

describe("a bucket", () => {
  let server: S3Server;
  let bucket: string;
  let usual: S3ExamineOptions;

  beforeAll(async () => {
    server = await useRadosgw();
    bucket = await server.makeBucket();
    usual = { ...storeOptions(server, bucket), studioOrigin: STUDIO };
    await allowStudio(bucket);
  }, 120_000);
  afterAll(() => server.stop());

  const allowStudio = (name: string) =>
    server.client.send(
      new PutBucketCorsCommand({
        Bucket: name,
        CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET", "PUT"], AllowedOrigins: [STUDIO], AllowedHeaders: ["content-type"], MaxAgeSeconds: 3600 }] },
      }),
    );
  const expectOne = (findings: readonly Finding[], level: "warning" | "failure", { code, cause, fix }: { code: string; cause: RegExp; fix: RegExp }): void => {
    expect(codes(findings, level)).toEqual([code]);
    const [found] = byLevel(findings, level);
    expect([found!.cause, found!.fix]).toEqual([expect.stringMatching(cause), expect.stringMatching(fix)]);
    expect(JSON.stringify(findings)).not.toContain(server.credentials.secretAccessKey);
  };

  test("that is as it should be: all is good, and nothing is left", async () => {
    const findings = await examine(usual);
    expect([codes(findings, "failure"), codes(findings, "warning")]).toEqual([[], []]);
    expect(codes(findings, "good")).toEqual([
      "storage.write",
      "storage.multipart",
      "storage.list",
      "storage.uploads",
      "storage.clock",
      "storage.links",
      "storage.put_links",
      "storage.cors",
      "storage.private",
    ]);
    const left = await server.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    const uploads = await server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect([left.Contents ?? [], uploads.Uploads ?? []]).toEqual([[], []]);
  }, 60_000);

  test("without CORS rules", async () => {
    const other = await server.makeBucket();
    expectOne(await examine({ ...usual, bucket: other }), "warning", { code: "storage.cors", cause: /no CORS rule/, fix: /storage\.md/ });
  });

  test.each([
    ["by a policy", "object"],
    ["by its ACL", "list"],
  ])("that is public %s", async (_how, what) => {
    const open = await server.makeBucket();
    await allowStudio(open);
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::${open}/*`] }] };
    await (what === "object"
      ? server.client.send(new PutBucketPolicyCommand({ Bucket: open, Policy: JSON.stringify(policy) }))
      : server.client.send(new PutBucketAclCommand({ Bucket: open, ACL: "public-read" })));
    expectOne(await examine({ ...usual, bucket: open }), "warning", { code: "storage.private", cause: /lets everybody in/, fix: /private/ });
  });

  interface Wrong {
    readonly what: string;
    readonly change: (options: S3ExamineOptions) => Partial<S3ExamineOptions>;
    readonly told: { readonly code: string; readonly cause: RegExp; readonly fix: RegExp };
  }
  test.each<Wrong>([
    {
      what: "that is not there",
      change: () => ({ bucket: "no-such-bucket" }),
      told: { code: "storage.no_bucket", cause: /There is no bucket no-such-bucket/, fix: /S3_BUCKET_NAME/ },
    },
    {
      what: "with a key that nobody knows",
      change: () => ({ credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" } }),
      told: { code: "storage.wrong_key", cause: /does not know this access key/, fix: /S3_ACCESS_KEY_ID/ },
    },
    {
      what: "with a wrong secret",
      change: ({ credentials }) => ({ credentials: { ...credentials!, secretAccessKey: "wrong" } }),
      told: { code: "storage.wrong_secret", cause: /secret does not belong/, fix: /S3_SECRET_ACCESS_KEY/ },
    },
    {
      what: "at an address where nobody listens",
      change: () => ({ endpoint: "http://127.0.0.1:1" }),
      told: { code: "storage.unreachable", cause: /Nothing listens at 127\.0\.0\.1:1/, fix: /S3_ENDPOINT/ },
    },
    {
      what: "at a name that does not exist",
      change: () => ({ endpoint: "http://storage.invalid" }),
      told: { code: "storage.unreachable", cause: /does not resolve/, fix: /S3_ENDPOINT/ },
    },
    {
      what: "by TLS where there is none",
      change: ({ endpoint }) => ({ endpoint: endpoint!.replace("http:", "https:") }),
      told: { code: "storage.protocol", cause: /does not speak what S3_ENDPOINT begins with/, fix: /http:/ },
    },
  ])(
    "$what",
    async ({ change, told }) => {
      expectOne(await examine({ ...usual, ...change(usual) }), "failure", told);
    },
    60_000,
  );

  test("whose public endpoint is another: nobody there, somebody else, or a proxy that changes the Host", async () => {
    const silent = await examine({ ...usual, publicEndpoint: "http://127.0.0.1:1" });
    expect(codes(silent, "failure")).toEqual(["storage.links"]);
    expect(byLevel(silent, "failure")[0]!.cause).toMatch(/Nobody was heard/);
    await withServer(
      (_request, response) => void response.end("<html>welcome</html>"),
      async (url) => {
        const other = byLevel(await examine({ ...usual, publicEndpoint: url }), "failure");
        expect(other).toEqual([
          expect.objectContaining({ code: "storage.links", cause: expect.stringContaining("Other bytes"), fix: expect.stringContaining("S3_PUBLIC_ENDPOINT") }),
        ]);
      },
    );
    await withServer(
      (request, response) => void passOn(request.url!, server.endpoint).then(({ status, body }) => response.writeHead(status).end(body)),
      async (url) => {
        const changed = byLevel(await examine({ ...usual, publicEndpoint: url }), "failure");
        expect(changed).toEqual([expect.objectContaining({ code: "storage.links", cause: expect.stringContaining("403 SignatureDoesNotMatch") })]);
      },
    );
  }, 60_000);

  test("behind a public endpoint that passes all on", async () => {
    const proxy = await openHttpFaults({ to: server.endpoint });
    const findings = await examine({ ...usual, publicEndpoint: proxy.url });
    await proxy.close();
    expect([codes(findings, "failure"), codes(findings, "warning")]).toEqual([[], []]);
  });

  // This server takes links of the future; those that have ended it does not.
  test.each([
    [3_600_000, /(36|35)\d\d seconds ahead of/, []],
    [-3_600_000, /(36|35)\d\d seconds behind/, ["storage.links"]],
  ])("while this machine's clock is wrong by %d ms", async (wrongMs, says, failures) => {
    const findings = await examine({ ...usual, now: () => new Date(Date.now() + wrongMs) });
    expect(codes(findings, "failure")).toEqual(failures);
    expect(byLevel(findings, "warning")[0]).toMatchObject({ code: "storage.clock", says: expect.stringMatching(says), fix: expect.stringContaining("NTP") });
  });

  test("that lets nobody write", async () => {
    const readOnly = await server.makeBucket();
    const policy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: ["s3:PutObject"], Resource: [`arn:aws:s3:::${readOnly}/*`] }],
    };
    await server.client.send(new PutBucketPolicyCommand({ Bucket: readOnly, Policy: JSON.stringify(policy) }));
    expectOne(await examine({ ...usual, bucket: readOnly }), "failure", { code: "storage.denied", cause: /may not do that/, fix: /PutObject/ });
  });

  // What AWS says, word for word: none of the servers here says it.
  test.each([
    { status: 301, word: "PermanentRedirect", says: "Use the specified endpoint.", told: ["storage.wrong_region", "S3_REGION"] },
    {
      status: 400,
      word: "AuthorizationHeaderMalformed",
      says: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
      told: ["storage.wrong_region", "eu-central-1"],
    },
    { status: 400, word: "ExpiredToken", says: "The provided token has expired.", told: ["storage.expired_key", "role"] },
    { status: 403, word: "RequestTimeTooSkewed", says: "The difference is too large.", told: ["storage.clock", "NTP"] },
    { status: 403, word: "AccessDenied", says: "Cannot upload files, storage cap exceeded.", told: ["storage.denied", "PutObject"] },
    { status: 503, word: "ServiceUnavailable", says: "Please try again.", told: ["storage.unavailable", "later"] },
  ])(
    "whose server answers $status $word",
    async ({ status, word, says, told: [code, fix] }) => {
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${word}</Code><Message>${says}</Message></Error>`;
      await withServer(
        (request, response) => void request.resume().on("end", () => response.writeHead(status, { "content-type": "application/xml" }).end(body)),
        async (url) => {
          const findings = await examine({ ...usual, endpoint: url });
          expect(codes(findings, "failure")).toEqual([code]);
          expect(findings[0]!.fix).toContain(fix);
        },
      );
    },
    60_000,
  );

  test("where something else answers than S3", async () => {
    await withServer(
      (request, response) => void request.resume().on("end", () => response.writeHead(404).end("<html>not here</html>")),
      async (url) => {
        expect(codes(await examine({ ...usual, endpoint: url }), "failure")).toEqual(["storage.no_server"]);
      },
    );
  }, 60_000);
});

async function withServer(listener: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function passOn(path: string, to: string): Promise<{ status: number; body: string }> {
  const reply = await fetch(to + path);
  return { status: reply.status, body: await reply.text() };
}

describe("a folder", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "cooly-examine-"));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));
  const GIB = 1024 ** 3;

  test("that can be written, with room: all is good, and nothing is left", async () => {
    const directory = join(home, "good");
    const findings = await examineFolder({ directory, freeBytes: async () => 50 * GIB });
    expect(findings.map(({ code, level }) => [code, level])).toEqual([
      ["storage.files", "good"],
      ["storage.room", "good"],
    ]);
    expect((await readdir(directory)).filter((name) => name !== ".incoming")).toEqual([]);
    expect((await examineFolder({ directory })).map(({ code }) => code)).toEqual(["storage.files", "storage.room"]);
  });

  test.each([
    [4.9, "warning"],
    [0.9, "failure"],
    [0, "failure"],
  ])("with %d GiB left: a %s", async (gib, level) => {
    const [, room] = await examineFolder({ directory: join(home, "good"), freeBytes: async () => gib * GIB });
    expect(room).toMatchObject({ code: "storage.room", level, fix: expect.stringContaining("bucket") });
  });

  test("that is a file", async () => {
    const file = join(home, "file");
    await writeFile(file, "x");
    expect(await examineFolder({ directory: file })).toEqual([
      expect.objectContaining({ code: "storage.files", level: "failure", fix: expect.stringContaining("STORAGE_DIR") }),
    ]);
  });

  test("below which nothing can be made", async () => {
    expect(await examineFolder({ directory: join(home, "file", "below") })).toEqual([expect.objectContaining({ code: "storage.files", level: "failure" })]);
  });
});
