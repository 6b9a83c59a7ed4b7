import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { describe, expect, test } from "vitest";
import { createLinks } from "./links.ts";
import type { S3StoreOptions } from "./options.ts";
import { presign } from "./presign.ts";

const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const date = new Date("2026-11-27T12:00:00Z");
const log = { debug() {}, info() {}, warn() {}, error() {} };
const usual: S3StoreOptions = { bucket: "media", region: "eu-central-1", endpoint: null, publicEndpoint: null, credentials, forcePathStyle: false, log };
const at = (options: Partial<S3StoreOptions>, now = date) => createLinks({ ...usual, now: () => now, ...options }, () => credentials);
const expiresAt = new Date(date.getTime() + 3_600_000);

describe("signed as the SDK does", () => {
  const places = [
    ["AWS", { region: "eu-central-1" }],
    ["a bucket in the host", { endpoint: "https://s3.example.com" }],
    ["a bucket in the path", { endpoint: "https://s3.example.com:8443", forcePathStyle: true }],
    ["a server below a path", { endpoint: "http://127.0.0.1:9000/storage", forcePathStyle: true }],
  ] as const;
  const cases = places.flatMap(([name, place]) => [
    {
      name: `${name}, reading`,
      place,
      command: new GetObjectCommand({ Bucket: "media", Key: "m/a/b.thumb", ResponseContentType: "image/png" }),
      sessionToken: null,
    },
    {
      name: `${name}, reading a name in any script with a lent key`,
      place,
      command: new GetObjectCommand({
        Bucket: "media",
        Key: "m/a-b_c/d",
        ResponseContentDisposition: `attachment; filename="B_r.png"; filename*=UTF-8''B%C3%A4r%20(1)!*'`,
      }),
      sessionToken: "IQoJb3JpZ2luX2VjE//+=token",
    },
    { name: `${name}, writing`, place, command: new PutObjectCommand({ Bucket: "media", Key: "m/a/b", ContentType: "image/png" }), sessionToken: null },
  ]);

  test.each(cases)("$name", async ({ place, command, sessionToken }) => {
    const lent = { ...credentials, ...(sessionToken !== null && { sessionToken }) };
    const client = new S3Client({
      region: "eu-central-1",
      credentials: lent,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      ...place,
    });
    const theirs = new URL(
      await getSignedUrl(client, command as GetObjectCommand, {
        expiresIn: 3600,
        signingDate: date,
        signableHeaders: new Set(["host", "content-type"]),
        unsignableHeaders: new Set(),
      }),
    );
    const ours: Record<string, string> = Object.fromEntries(theirs.searchParams);
    for (const name of Object.keys(ours))
      if (/^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)$/.test(name)) delete ours[name];
    const isPut = command instanceof PutObjectCommand;
    const url = new URL(theirs.origin + theirs.pathname);
    const made = new URL(
      presign({
        method: isPut ? "PUT" : "GET",
        url,
        query: ours,
        headers: theirs.searchParams.get("X-Amz-SignedHeaders") === "host" ? {} : { "content-type": "image/png" },
        credentials: lent,
        region: "eu-central-1",
        date,
        expiresSeconds: 3600,
      }),
    );
    expect(Object.fromEntries(made.searchParams)).toEqual(Object.fromEntries(theirs.searchParams));
    const options = { expiresAt, mime: "image/png" };
    const link = isPut ? at(place).signedPutUrl("m/a/b", options) : at(place).signedUrl("m/a/b", options);
    expect(new URL(link).origin + new URL(link).pathname.replace(/m\/a\/b$/, "")).toBe(theirs.origin + theirs.pathname.replace(/m\/.*$/, ""));
  });
});

test("AWS's own example of its manual", () => {
  const url = presign({
    method: "GET",
    url: new URL("https://examplebucket.s3.amazonaws.com/test.txt"),
    query: {},
    headers: {},
    credentials,
    region: "us-east-1",
    date: new Date("2013-05-24T00:00:00Z"),
    expiresSeconds: 86_400,
  });
  expect(new URL(url).searchParams.get("X-Amz-Signature")).toBe("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
});

test("the address is the public one, the type of what is put is bound", () => {
  const links = at({ endpoint: "http://10.0.0.5:8333", publicEndpoint: "https://media.example.com", forcePathStyle: true });
  expect(links.signedUrl("m/a", { expiresAt, mime: "image/png" })).toMatch(/^https:\/\/media\.example\.com\/media\/m\/a\?/);
  expect(new URL(links.signedPutUrl("m/a", { expiresAt, mime: "image/png" })).searchParams.get("X-Amz-SignedHeaders")).toBe("content-type;host");
});

test("links made within the same quarter of an hour are equal, whatever the second, and end when they should", () => {
  const minutes = [0, 7, 14.9].map((more) => at({}, new Date(date.getTime() + more * 60_000)).signedUrl("m/a", { expiresAt, mime: "image/png" }));
  expect(new Set(minutes).size).toBe(1);
  const { searchParams } = new URL(at({}, new Date(date.getTime() + 14 * 60_000)).signedUrl("m/a", { expiresAt, mime: "image/png" }));
  expect([searchParams.get("X-Amz-Date"), searchParams.get("X-Amz-Expires")]).toEqual(["20261127T120000Z", "3600"]);
});

test("a link that has ended is one that has ended, and one of more than seven days is none", () => {
  const past = new URL(at({}).signedUrl("m/a", { expiresAt: new Date(date.getTime() - 1000), mime: "image/png" })).searchParams;
  expect([past.get("X-Amz-Date"), past.get("X-Amz-Expires")]).toEqual(["20261127T114500Z", "899"]);
  expect(() => at({}).signedUrl("m/a", { expiresAt: new Date(date.getTime() + 8 * 86_400_000), mime: "image/png" })).toThrow("seven days");
});

test("a bucket with dots stands in the path, as no certificate fits it in the host", () => {
  expect(at({ bucket: "media.example.com" }).signedUrl("m/a", { expiresAt, mime: "image/png" })).toMatch(
    /^https:\/\/s3\.eu-central-1\.amazonaws\.com\/media\.example\.com\/m\/a\?/,
  );
});
