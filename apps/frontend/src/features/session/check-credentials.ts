import { t } from "../../messages/index.ts";

export interface CredentialErrors {
  readonly email?: string;
  readonly password?: string;
}

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

/** What the server would refuse anyway, said before it is asked. Whether a password is long enough concerns new ones only. */
export function checkCredentials({ email, password }: { email: string; password: string }, purpose: "sign-in" | "sign-up"): CredentialErrors {
  const words = t.session.errors;
  const emailError = email.trim() === "" ? words.emailMissing : /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? undefined : words.emailInvalid;
  const tooShort = purpose === "sign-up" && password.length < PASSWORD_MIN;
  const passwordError = password === "" ? words.passwordMissing : tooShort ? words.passwordShort : password.length > PASSWORD_MAX ? words.passwordLong : undefined;
  return { ...(emailError ? { email: emailError } : {}), ...(passwordError ? { password: passwordError } : {}) };
}
