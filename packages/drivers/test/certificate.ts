import { generateKeyPairSync, sign } from "node:crypto";

const SEQUENCE = 0x30;
const ECDSA_SHA256 = "2a8648ce3d040302";

const part = (tag: number, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  const length = body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const identifier = (hex: string): Buffer => part(6, Buffer.from(hex, "hex"));

/** A certificate for these names that vouches for itself, and its key: both in PEM, made anew each time. */
export function makeCertificate(names: readonly string[]): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = part(SEQUENCE, identifier(ECDSA_SHA256));
  const name = part(SEQUENCE, part(0x31, part(SEQUENCE, identifier("550403"), part(0x0c, Buffer.from("test")))));
  const life = part(SEQUENCE, part(0x17, Buffer.from("200101000000Z")), part(0x17, Buffer.from("491231235959Z")));
  const alternatives = part(SEQUENCE, ...names.map((one) => part(0x82, Buffer.from(one))));
  const extensions = part(0xa3, part(SEQUENCE, part(SEQUENCE, identifier("551d11"), part(4, alternatives))));
  const version = part(0xa0, part(2, Buffer.from([2])));
  const subject = publicKey.export({ type: "spki", format: "der" });
  const body = part(SEQUENCE, version, part(2, Buffer.from([1])), algorithm, name, life, name, subject, extensions);
  const signature = part(3, Buffer.from([0]), sign("sha256", body, privateKey));
  const base64 = part(SEQUENCE, body, algorithm, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}
