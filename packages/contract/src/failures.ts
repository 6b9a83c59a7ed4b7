/** Every code that a caller can meet. Status, retry advice, sentence, docs page and OpenAPI all come from this table. */
export const failures = {
  malformed_request: { status: 400, retry: "never", say: "This is no well-formed HTTP request." },
  invalid_json: { status: 400, retry: "never", say: "The body is not valid JSON." },
  unknown_field: { status: 400, retry: "never", say: "The request has a field that does not exist." },
  invalid_parameter: { status: 400, retry: "never", say: "A parameter has a value that is not allowed." },
  out_of_range: { status: 400, retry: "never", say: "A number is outside of its allowed range." },
  prompt_required: { status: 400, retry: "never", say: "A prompt is required." },
  prompt_too_long: { status: 400, retry: "never", say: "The prompt is too long for this model." },
  unsupported_parameter: { status: 400, retry: "never", say: "This model does not have this parameter." },
  unknown_model: { status: 400, retry: "never", say: "There is no such model." },
  invalid_idempotency_key: { status: 400, retry: "never", say: "The Idempotency-Key must be one header of 1 to 255 printable ASCII characters." },
  invalid_quote: { status: 400, retry: "never", say: "The quote is not one of ours, has expired, or is for another request." },
  invalid_cursor: { status: 400, retry: "never", say: "The cursor does not point to anything in this list." },
  invalid_email: { status: 400, retry: "never", say: "This is not an e-mail address." },
  password_too_short: { status: 400, retry: "never", say: "The password is too short." },
  password_too_long: { status: 400, retry: "never", say: "The password is too long." },
  invalid_password: { status: 400, retry: "never", say: "The password is wrong." },
  sign_up_closed: { status: 400, retry: "never", say: "Nobody can sign up here. Ask the operator for an account." },
  empty_file: { status: 400, retry: "never", say: "The file is empty." },
  invalid_data_url: { status: 400, retry: "never", say: "This is not a data: address of a file in base64, or the file is not what it says." },
  unauthenticated: { status: 401, retry: "never", say: "Sign in, or send a valid API key." },
  invalid_credentials: { status: 401, retry: "never", say: "The e-mail address or the password is wrong." },
  insufficient_credits: { status: 402, retry: "never", say: "There are not enough credits for this request." },
  insufficient_scope: { status: 403, retry: "never", say: "This API key may not do that." },
  cross_site_request: { status: 403, retry: "never", say: "The request comes from another site." },
  invalid_signature: { status: 403, retry: "never", say: "The signature is not valid, or has expired." },
  not_found: { status: 404, retry: "never", say: "There is nothing here." },
  unknown_upload: { status: 404, retry: "never", say: "There is no such upload." },
  media_missing: { status: 404, retry: "never", say: "The file of this output is missing from storage." },
  method_not_allowed: { status: 405, retry: "never", say: "This path does not take this method." },
  not_acceptable: { status: 406, retry: "never", say: "This path answers with text/event-stream only." },
  request_timeout: { status: 408, retry: "safe", say: "The request took too long to arrive." },
  already_finished: { status: 409, retry: "never", say: "The generation has already ended." },
  not_finished: { status: 409, retry: "never", say: "The generation has not ended yet. Cancel it first." },
  not_uploaded: { status: 409, retry: "never", say: "The file has not been put there yet." },
  conflict: { status: 409, retry: "never", say: "This already exists." },
  payload_too_large: { status: 413, retry: "never", say: "The body is larger than allowed." },
  too_large: { status: 413, retry: "never", say: "The file is larger than allowed." },
  uri_too_long: { status: 414, retry: "never", say: "The address is longer than allowed." },
  unsupported_media_type: { status: 415, retry: "never", say: "The body must be JSON in UTF-8 (application/json)." },
  unsupported_media: { status: 415, retry: "never", say: "The file is of a kind that is not taken." },
  range_not_satisfiable: { status: 416, retry: "never", say: "The file has no such range." },
  idempotency_key_reuse: { status: 422, retry: "never", say: "This Idempotency-Key was used for another request." },
  quote_exceeded: { status: 422, retry: "never", say: "The price is now above the quote that was given." },
  email_taken: { status: 422, retry: "never", say: "There is already an account with this e-mail address." },
  content_mismatch: { status: 422, retry: "never", say: "What was put there is not the file that was announced." },
  size_refused: { status: 422, retry: "never", say: "The picture has a width or height that is not taken." },
  too_many_pixels: { status: 422, retry: "never", say: "The picture has too many pixels." },
  too_many_frames: { status: 422, retry: "never", say: "The picture has too many frames." },
  undecodable: { status: 422, retry: "never", say: "The file is damaged." },
  mask_size_differs: { status: 422, retry: "never", say: "The mask has another size than the picture." },
  upload_not_ready: { status: 422, retry: "never", say: "The upload has not been confirmed, or was refused." },
  too_many_uploads: { status: 422, retry: "never", say: "There are too many uploads, or they hold too much. Delete some." },
  blocked_address: { status: 422, retry: "never", say: "This address is not read from here, or cannot be reached." },
  fetch_failed: { status: 422, retry: "never", say: "The file at the address could not be fetched." },
  rate_limit_exceeded: { status: 429, retry: "safe", say: "Too many requests. Wait a moment." },
  too_many_streams: { status: 429, retry: "safe", say: "Too many open event streams." },
  headers_too_large: { status: 431, retry: "never", say: "The headers are larger than allowed." },
  internal_error: { status: 500, retry: "never", say: "Something went wrong on our side. Nothing was charged for a request that was not accepted." },
  unavailable: { status: 503, retry: "safe", say: "A part that this needs cannot be reached. Try again." },
} as const satisfies Record<string, { status: number; retry: "safe" | "never"; say: string }>;

export type FailureCode = keyof typeof failures;

/** One thing that is wrong with a request; `path` is a JSON pointer into the body, or a parameter's name. */
export interface FaultIssue {
  readonly path: string;
  readonly message: string;
  readonly code?: FailureCode;
}

export interface FaultOptions {
  /** A sentence for this case; public. Default: the table's. */
  readonly say?: string;
  /** Public members of the problem body, such as `needed` and `available`. */
  readonly detail?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly issues?: readonly FaultIssue[];
  /** Never leaves the logs. */
  readonly cause?: unknown;
}

/** A failure with a code that callers may act on. */
export class Fault extends Error {
  readonly code: FailureCode;
  readonly detail: NonNullable<FaultOptions["detail"]>;
  readonly issues: readonly FaultIssue[];

  constructor(code: FailureCode, options: FaultOptions = {}) {
    super(options.say ?? failures[code].say, { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.detail = options.detail ?? {};
    this.issues = options.issues ?? [];
  }
}
