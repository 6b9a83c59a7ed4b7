import { describe, expect, test } from "vitest";
import { sentenceOf } from "./auth.ts";
import { checkCredentials } from "./check-credentials.ts";
import { safeReturn, withReturn } from "./return-path.ts";

describe("errors say exactly what is wrong", () => {
  test("before the server is asked", () => {
    expect(checkCredentials({ email: "", password: "" }, "sign-in")).toEqual({ email: "Enter your e-mail address.", password: "Enter your password." });
    expect(checkCredentials({ email: "someone", password: "short" }, "sign-up")).toEqual({
      email: "This is not a valid e-mail address.",
      password: "The password needs at least 8 characters.",
    });
    expect(checkCredentials({ email: " a@b.example ", password: "short" }, "sign-in")).toEqual({});
  });

  test("and after", () => {
    expect(sentenceOf({ code: "invalid_credentials", status: 401 })).toBe("The e-mail address or the password is wrong.");
    expect(sentenceOf({ code: "email_taken", status: 422 })).toBe("There is already an account with this e-mail address. Sign in instead.");
    expect(sentenceOf({ status: 429 })).toBe("Too many tries. Wait a minute, then try again.");
    expect(sentenceOf({ status: 503 })).toBe("The server cannot be reached. Check your connection and try again.");
  });
});

test("after signing in one comes back to a page of ours, and to no other site", () => {
  expect(safeReturn("/gallery?q=boats")).toBe("/gallery?q=boats");
  for (const path of [null, "", "//evil.example", "/\\evil.example", "https://evil.example", "/sign-in?next=/x", "javascript:alert(1)"]) expect(safeReturn(path)).toBe("/");
  expect(withReturn("/sign-in", "/")).toBe("/sign-in");
  expect(safeReturn(new URL(withReturn("/sign-in", "/g/gen_1?o=2"), "http://studio").searchParams.get("next"))).toBe("/g/gen_1?o=2");
});
