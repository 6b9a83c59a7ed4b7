/** For glibc; others ignore them. */
export const frugal: Readonly<Record<string, string>>;
