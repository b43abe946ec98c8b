import type { Received } from './received.ts'

/**
 * True when `origin` (RFC 6454 section 6.2) is that of the host which the message asks for: the same name and port. A
 * page without TLS is not our own where we are reached by TLS: whoever is on the way could have written it.
 */
export function isOwnOrigin({ host, peer }: Pick<Received, 'host' | 'peer'>, origin: string): boolean {
  if (host === '') return false
  // Where TLS ends at a proxy that nobody declared we see HTTP: then either scheme is our own.
  const schemes = peer.isSecure ? ['https'] : ['http', 'https']
  return schemes.some((scheme) => originOf(`${scheme}://${host}`) === origin)
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null
}
