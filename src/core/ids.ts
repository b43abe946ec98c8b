import { randomBytes } from 'node:crypto'

/** Where identifiers come from, so that a test can foresee them. */
export interface Ids {
  /** A short id of a call, unique in this deployment for any practical time; not a secret. */
  next(): string
}

/** A random prefix for the process and a counter: unique, cheap, sortable within one process. */
export function createIds(): Ids {
  const prefix = randomBytes(6).toString('base64url')
  let count = 0
  return { next: () => `${prefix}-${(++count).toString(36)}` }
}
