export function answer(): number {
  const forgotten = 1;
  return 42;
}
