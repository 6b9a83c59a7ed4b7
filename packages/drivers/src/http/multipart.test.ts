import { expect, test } from "vitest";
import { isFile, multipartOf } from "./multipart.ts";

test("a form is read again as it was written, whatever its names and bytes are", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const file = { mime: "image/png", name: 'a"\r\nX-Evil: 1\r\n.png', bytes };
  const { type, bytes: body } = multipartOf([
    ["prompt", "a \u00e9 cat\r\n--cooly"],
    ["image[]", file],
    ["image[]", { ...file, name: "b.png" }],
  ]);
  const form = await new Response(Buffer.from(body), { headers: { "content-type": type } }).formData();
  expect(form.get("prompt")).toBe("a \u00e9 cat\r\n--cooly");
  const files = form.getAll("image[]") as File[];
  expect(files.map(({ type: mime }) => mime)).toEqual(["image/png", "image/png"]);
  expect(files[1]!.name).toBe("b.png");
  expect(new Uint8Array(await files[0]!.arrayBuffer())).toEqual(bytes);
  expect([...form.keys()]).toEqual(["prompt", "image[]", "image[]"]);
});

test.each([[null], ["x"], [{ mime: "image/png", name: "a" }], [{ mime: 1, name: "a", bytes: new Uint8Array() }]])("%j is no file", (value) => {
  expect(isFile(value)).toBe(false);
});
