/**
 * What one connection sends, and what a server makes of it: the requests that it serves (`METHOD target body`, the body
 * where there is one), then the status with which it refuses the rest, if any.
 */
export type RequestVector = readonly [what: string, bytes: string, outcome: readonly (string | number)[]]
