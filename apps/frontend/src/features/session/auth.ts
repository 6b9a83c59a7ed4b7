import { createAuthClient } from "better-auth/client";
import { apiOrigin } from "../api/index.ts";
import { t } from "../../messages/index.ts";

const words = t.session.errors;

const sentences: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: words.credentials,
  INVALID_PASSWORD: words.credentials,
  INVALID_EMAIL: words.emailInvalid,
  USER_ALREADY_EXISTS: words.exists,
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: words.exists,
  PASSWORD_TOO_SHORT: words.passwordShort,
  PASSWORD_TOO_LONG: words.passwordLong,
  EMAIL_PASSWORD_SIGN_UP_DISABLED: words.closed,
  EMAIL_AND_PASSWORD_SIGN_UP_IS_NOT_ENABLED: words.closed,
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
