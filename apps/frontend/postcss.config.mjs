// Next reads its configuration from the default export.
export default { plugins: { "@tailwindcss/postcss": {} } };
