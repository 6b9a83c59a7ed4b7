/** What whoever runs the tests may ask of them by the environment, as a whole number. */
export function wish(name: string): number | null {
  const text = process.env[name];
  if (text === undefined || text === "") return null;
  if (!/^-?\d+$/.test(text)) throw new Error(`${name} must be a whole number, for example ${name}=1000.`);
  return Number(text);
}
