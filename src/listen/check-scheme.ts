import type { Peer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'

/** Refuses what is asked of `https` without TLS (RFC 9110 section 7.4): whoever is on the way could have asked it. */
export function checkScheme({ isSecure }: Peer): Refusal | null {
  if (isSecure) return null
  return new Refusal('LISTEN_BAD_REQUEST', { message: 'the target is of https, and the request came without TLS' })
}
