import { createAuthClient } from "better-auth/client";
import { apiOrigin } from "../api/index.ts";
import { t } from "../../messages/index.ts";

const words = t.session.errors;

const sentences: Readonly<Record<string, string>> = {
  invalid_credentials: words.credentials,
  invalid_password: words.credentials,
  invalid_email: words.emailInvalid,
  email_taken: words.exists,
  password_too_short: words.passwordShort,
  password_too_long: words.passwordLong,
  sign_up_closed: words.closed,
};

interface AuthError {
  readonly code?: string | undefined;
  readonly status: number;
}

/** What went wrong, in the reader's terms. */
export function sentenceOf({ code, status }: AuthError): string {
  const known = code === undefined ? undefined : sentences[code];
  if (known !== undefined) return known;
  if (status === 429) return words.tooMany;
  if (status === 401) return words.credentials;
  if (status === 0 || status >= 500) return words.unreachable;
  return words.other;
}

async function client() {
  const origin = (await apiOrigin()) || window.location.origin;
  return createAuthClient({ baseURL: `${origin}/api/auth`, fetchOptions: { credentials: "include" } });
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly sentence: string };

interface Credentials {
  readonly email: string;
  readonly password: string;
}

async function outcome(call: () => Promise<{ error: AuthError | null }>): Promise<Outcome> {
  try {
    const { error } = await call();
    return error ? { ok: false, sentence: sentenceOf(error) } : { ok: true };
  } catch {
    return { ok: false, sentence: words.unreachable };
  }
}

export const signIn = ({ email, password }: Credentials): Promise<Outcome> => outcome(async () => (await client()).signIn.email({ email, password }));

/** A person has a name in the books; until they give one it is the part before the @. */
export const signUp = ({ email, password }: Credentials): Promise<Outcome> =>
  outcome(async () => (await client()).signUp.email({ email, password, name: email.split("@")[0] ?? email }));

export const signOut = (): Promise<Outcome> => outcome(async () => (await client()).signOut());
