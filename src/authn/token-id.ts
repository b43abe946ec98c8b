import { randomBytes } from 'node:crypto'

const ID = /^([0-9a-z]{8,9})-[A-Za-z0-9_-]{22}$/

/** A token id (`jti`): when it was made, to the millisecond, and 128 random bits. */
export function createTokenId(nowMs: number): string {
  return `${Math.floor(nowMs).toString(36)}-${randomBytes(16).toString('base64url')}`
}

/** When one of our token ids was made: `iat` counts whole seconds, too coarse to say what came before a logout. */
export function timeOfTokenId(id: string): number | null {
  const found = ID.exec(id)
  return found === null ? null : Number.parseInt(found[1] ?? '', 36)
}
