export function look(): number {
  debugger;
  return 42;
}
