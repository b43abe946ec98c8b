/** Tells whether an `Origin` header (RFC 6454) is one of a list. */
export type MatchOrigin = (origin: string) => boolean

const ANY_SUBDOMAIN = /^(https?:\/\/)\*\.((?:[a-z0-9-]+\.)+[a-z0-9-]+)(:\d+)?$/

/**
 * What is wrong with an entry; null for a good one: `*`, an origin as browsers write it (`https://app.example`), or
 * all subdomains (`https://*.app.example`).
 */
export function originMistake(entry: string): string | null {
  if (entry === '*' || ANY_SUBDOMAIN.test(entry)) return null
  if (entry === 'null') return 'the origin null is that of every sandboxed page and local file: it is never allowed'
  if (entry.includes('*')) return '* stands alone, or for the subdomains of a domain with a dot (https://*.app.example)'
  const origin = URL.canParse(entry) ? new URL(entry).origin : 'null'
  if (origin === 'null') return 'this is not an origin'
  return origin === entry ? null : `this is not an origin as browsers write it (${origin})`
}

/** Compiles a list without mistakes. `null` matches nothing, not even `*`. */
export function compileOrigins(entries: readonly string[]): MatchOrigin {
  if (entries.includes('*')) return (origin) => origin !== 'null'
  const exact = new Set(entries)
  const patterns = entries.flatMap(subdomainPattern)
  // A browser sends an origin of at most a scheme, a name of 253 characters and a port.
  return (origin) => exact.has(origin) || (origin.length < 300 && patterns.some((pattern) => pattern.test(origin)))
}

function subdomainPattern(entry: string): readonly RegExp[] {
  const [, scheme, domain, port = ''] = ANY_SUBDOMAIN.exec(entry) ?? []
  if (scheme === undefined || domain === undefined) return []
  // Each label ends with its own dot, so that `evil-app.example` is no subdomain of `app.example`.
  return [new RegExp(`^${scheme}(?:[a-z0-9_-]+\\.)+${domain.replaceAll('.', '\\.')}${port}$`)]
}
