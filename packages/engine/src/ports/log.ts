/** Structured: an event name (`role.event`) and its facts. Never a prompt, a key or a link. */
export interface Log {
  debug(event: string, facts?: object): void;
  info(event: string, facts?: object): void;
  warn(event: string, facts?: object): void;
  error(event: string, facts?: object): void;
}
