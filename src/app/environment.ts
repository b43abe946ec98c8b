/** The environment of the process: read here, and given on as a value. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
