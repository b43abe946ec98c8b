import { createHash, timingSafeEqual } from 'node:crypto'

/** Hash functions of RFC 7616 section 3.3; MD5 only for clients that know no other. */
export type DigestAlgorithm = 'SHA-256' | 'SHA-512-256' | 'MD5'

/** What a client computed its response from (RFC 7616 section 3.4), `qop=auth`. */
export interface DigestParts {
  readonly algorithm: DigestAlgorithm
  /** Hash of `login:realm:password`, in hexadecimal digits. */
  readonly ha1: string
  readonly method: string
  readonly uri: string
  readonly nonce: string
  readonly nc: string
  readonly cnonce: string
}

/** What a stored digest is made of. */
export interface DigestSecret {
  readonly login: string
  readonly realm: string
  readonly password: string
}

const NODE_NAMES: Readonly<Record<DigestAlgorithm, string>> = {
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
  MD5: 'md5',
}

/** What a database holds for a login: the hash of `login:realm:password`, in hexadecimal digits. */
export function digestHa1({ login, realm, password }: DigestSecret, algorithm: DigestAlgorithm = 'SHA-256'): string {
  return hash(algorithm, `${login}:${realm}:${password}`)
}

/** The response that is right (RFC 7616 section 3.4.1). */
export function digestResponse({ algorithm, ha1, method, uri, nonce, nc, cnonce }: DigestParts): string {
  const ha2 = hash(algorithm, `${method}:${uri}`)
  return hash(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`)
}

/** Compares two responses without telling where they differ. */
export function isSameResponse(wanted: string, given: string): boolean {
  const [a, b] = [Buffer.from(wanted), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function hash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(NODE_NAMES[algorithm]).update(text).digest('hex')
}
