/** What is behind an error of the SDK or of the network, for people who have to mend it. */
import type { S3StoreOptions } from "./options.ts";
import { endpointOf } from "./options.ts";
import { nameOf, statusOf } from "./trouble.ts";

export interface Explanation {
  /** The kind of trouble, as a part of a finding's code. */
  readonly word: string;
  readonly cause: string;
  readonly fix: string;
}

type Place = Pick<S3StoreOptions, "bucket" | "region" | "endpoint" | "credentials">;

export function explain(error: unknown, place: Place): Explanation {
  const { message, cause } = error as Error;
  const code = codeOf(error) ?? codeOf(cause);
  return (
    ofServer(nameOf(error), message, place) ??
    (code === undefined ? null : ofNetwork(code, place)) ??
    ofStatus(statusOf(error), place) ?? { word: "failed", cause: message, fix: "See the log of the storage server." }
  );
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

const servers: Readonly<Record<string, (place: Place, message: string) => Explanation>> = {
  NoSuchBucket: ({ bucket }) => ({
    word: "no_bucket",
    cause: `There is no bucket ${bucket} there, or it lies in another region or with another account.`,
    fix: "Make the bucket (private), or set S3_BUCKET_NAME, S3_ENDPOINT and S3_REGION to where it is.",
  }),
  InvalidAccessKeyId: () => ({
    word: "wrong_key",
    cause: "The server does not know this access key: it is misspelled, was deleted or has expired, or belongs to another server.",
    fix: "Make a new key and set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.",
  }),
  SignatureDoesNotMatch: ({ region }) => ({
    word: "wrong_secret",
    cause: `The secret does not belong to the access key, or S3_REGION (${region}) is not the server's, or a proxy on the way changes the Host header.`,
    fix: "Set S3_SECRET_ACCESS_KEY again, without spaces; compare S3_REGION; let the proxy pass the Host on.",
  }),
  AccessDenied: ({ bucket }) => ({
    word: "denied",
    cause: `This key may not do that in ${bucket}, or a limit of the account is reached.`,
    fix: "Give it GetObject, PutObject, DeleteObject, ListBucket, AbortMultipartUpload and ListBucketMultipartUploads (docs/operate/storage.md).",
  }),
  ExpiredToken: () => ({
    word: "expired_key",
    cause: "The credentials were lent for a time, and that has ended.",
    fix: "Set lasting keys, or remove S3_ACCESS_KEY_ID so that the machine's role renews them.",
  }),
  InvalidToken: () => ({
    word: "expired_key",
    cause: "The session token is not valid any more, or not for this server.",
    fix: "Set lasting keys, or remove S3_ACCESS_KEY_ID so that the machine's role renews them.",
  }),
  UserSuspended: () => ({ word: "expired_key", cause: "The user of this key is suspended.", fix: "Have the user enabled again, or set another key." }),
  RequestTimeTooSkewed: () => ({
    word: "clock",
    cause: "This machine's clock and the server's differ by more than the server allows.",
    fix: "Set the clock by NTP: timedatectl set-ntp true.",
  }),
  PermanentRedirect: ({ region }) => ({
    word: "wrong_region",
    cause: `The bucket is not in ${region}.`,
    fix: "Set S3_REGION to the region of the bucket, and S3_ENDPOINT, if it is set, to that region's.",
  }),
  AuthorizationHeaderMalformed: ({ region }, message) => ({
    word: "wrong_region",
    cause: `The server is not in ${region}.`,
    fix: `Set S3_REGION to ${/expecting '([^']+)'/.exec(message)?.[1] ?? "the region of the bucket"}.`,
  }),
  QuotaExceeded: () => ({ word: "full", cause: "The bucket or its user has reached its quota.", fix: "Raise the quota, or delete something." }),
};

const aliases: Readonly<Record<string, string>> = {
  Forbidden: "AccessDenied",
  AllAccessDisabled: "AccessDenied",
  ExpiredTokenException: "ExpiredToken",
  TokenRefreshRequired: "ExpiredToken",
  ExpiredAuthToken: "ExpiredToken",
  IncorrectEndpoint: "PermanentRedirect",
  Redirect: "PermanentRedirect",
  TemporaryRedirect: "PermanentRedirect",
  IllegalLocationConstraintException: "PermanentRedirect",
  InvalidRegion: "PermanentRedirect",
};

const ofServer = (name: string, message: string, place: Place): Explanation | null => servers[aliases[name] ?? name]?.(place, message) ?? null;

function ofNetwork(code: string, place: Place): Explanation | null {
  const at = new URL(endpointOf(place)).host;
  const fix = "Set S3_ENDPOINT to where the server answers; look whether a firewall is between.";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return { word: "unreachable", cause: `The name in ${at} does not resolve.`, fix };
  if (code === "ECONNREFUSED") return { word: "unreachable", cause: `Nothing listens at ${at}.`, fix };
  if (code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH") return { word: "unreachable", cause: `${at} does not answer.`, fix };
  if (code === "ECONNRESET" || code === "EPIPE") return { word: "unreachable", cause: `${at} closes the connection.`, fix };
  if (code === "EPROTO" || code === "HPE_INVALID_CONSTANT" || code === "ERR_SSL_WRONG_VERSION_NUMBER")
    return {
      word: "protocol",
      cause: `${at} does not speak what S3_ENDPOINT begins with.`,
      fix: "Change S3_ENDPOINT from https: to http:, or the other way round.",
    };
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return {
      word: "certificate",
      cause: `The certificate of ${at} is not valid for it (${code}).`,
      fix: "Give the server a certificate of its name; with the bucket in the host set S3_FORCE_PATH_STYLE=true; an own authority goes into NODE_EXTRA_CA_CERTS.",
    };
  return null;
}

function ofStatus(status: number, place: Place): Explanation | null {
  if (status === 301 || status === 307) return servers["PermanentRedirect"]!(place, "");
  if (status === 403 || status === 401) return servers["AccessDenied"]!(place, "");
  if (status === 404)
    return { word: "no_server", cause: "What answers there is no S3 server, or there is no such bucket.", fix: "Set S3_ENDPOINT and S3_BUCKET_NAME." };
  if (status >= 500) return { word: "unavailable", cause: `The server answers ${status}.`, fix: "Look at the server; try again later." };
  return null;
}
