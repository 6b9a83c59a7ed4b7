/** A page to read and try the API, made from its description. Nothing on it comes from elsewhere. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { failures } from "@cooly/contract";
import type { Description } from "./description.ts";
import { Html, markup } from "./markup.ts";
import { operationBlock, schemaBlock } from "./operation.ts";

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const style = read("style.css");
const script = read("try.js");
const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Of what is on the page itself it runs what we wrote, and it speaks to this server alone. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src ${sha256(style)}`,
  `script-src ${sha256(script)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function renderDocs({ info, paths, components }: Description): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, tag: operation.tags[0]! })),
  );
  const groups = [...Map.groupBy(operations, ({ tag }) => tag)];
  const schemas = Object.entries(components.schemas).filter(([name]) => !name.startsWith("__"));
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title} API</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <h1>${info.title} API <small>${info.version}</small></h1>
          <p>${info.description} The same as a document for machines: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
          <label
            ><span>API key</span><input id="key" type="password" placeholder="ck_..." autocomplete="off" spellcheck="false" />
            <small>Kept by this page until it is closed. Without one, requests are made as whoever is signed in here.</small></label
          >
        </header>
        <nav aria-label="Contents">
          ${groups.map(([tag]) => markup`<a href="#tag-${tag}">${tag}</a> `)}<a href="#schemas">schemas</a> <a href="#failures">failures</a>
        </nav>
        <main>
          ${groups.map(
            ([tag, some]) =>
              markup`<section id="tag-${tag}">
                <h2>${tag}</h2>
                ${some.map(({ path, method, operation }) => operationBlock(path, method, operation))}
              </section>`,
          )}
          <section id="schemas">
            <h2>schemas</h2>
            ${schemas.map(([name, schema]) => schemaBlock(name, schema))}
          </section>
          <section id="failures">
            <h2>failures</h2>
            <p>Every failure is a problem body (RFC 9457) with one of these codes, and with OpenAI's <code>error</code> member.</p>
            <table>
              <tr>
                <th scope="col">code</th>
                <th scope="col">status</th>
                <th scope="col">what it means</th>
              </tr>
              ${Object.entries(failures).map(
                ([code, { status, retry, say }]) =>
                  markup`<tr id="${code}">
                    <th scope="row"><code>${code}</code></th>
                    <td>${status}</td>
                    <td>${say}${retry === "safe" ? " Trying again is safe." : ""}</td>
                  </tr>`,
              )}
            </table>
          </section>
        </main>
        ${new Html(`<script>${script}</script>`)}
      </body>
    </html> `;
  return page.text;
}
