/** A certificate for this machine that an authority of one's own has signed. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates {
  readonly folder: string;
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly authorityFile: string;
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "cooly-certificates-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: string[]): void => void execFileSync("openssl", words, { stdio: "pipe" });
  const files = { folder, keyFile: at("server.key"), certificateFile: at("server.crt"), authorityFile: at("ca.crt") };
  writeFileSync(at("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority", "-keyout", at("ca.key"), "-out", files.authorityFile);
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", files.keyFile, "-out", at("server.csr"));
  const signed = ["-CA", files.authorityFile, "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", at("names")];
  openssl("x509", "-req", "-in", at("server.csr"), ...signed, "-out", files.certificateFile);
  return files;
}
