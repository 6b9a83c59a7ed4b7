/** Where to go after signing in. Only a path of our own: "//evil.example" and "/\evil.example" are other sites to a browser. */
export function safeReturn(path: string | null): string {
  if (path === null || !/^\/(?![/\\])/.test(path)) return "/";
  return /^\/sign-(in|up)\b/.test(path) ? "/" : path;
}

export function withReturn(page: string, next: string, ended = false): string {
  const query = new URLSearchParams({ ...(next === "/" ? {} : { next }), ...(ended ? { ended: "1" } : {}) }).toString();
  return query === "" ? page : `${page}?${query}`;
}
