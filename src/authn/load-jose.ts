import type * as Jose from 'jose'

/** Loads `jose` when the first token needs it: most apps sign by a secret, which Node.js does alone. */
export function loadJose(): Promise<typeof Jose> {
  return import('jose')
}
