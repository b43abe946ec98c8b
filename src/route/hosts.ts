/** What is wrong with a host pattern, as text. */
export type HostMistake = string

/** Hosts and what serves each; closed by default: what nobody named is found nowhere. */
export class HostTable<Site> {
  readonly #exact = new Map<string, Site>()
  // By what follows the star: `example.org` for `*.example.org`.
  readonly #wild = new Map<string, Site>()
  #others: Site | null = null

  /**
   * Adds a site for `pattern`: a name (`blog.example.org`), an address (`192.0.2.1`, `[::1]`), one label or more in
   * front of a name (`*.example.org`), or `*` for all other hosts. Gives what is wrong, null when nothing is.
   */
  add(pattern: string, site: Site): HostMistake | null {
    const mistake = checkHostPattern(pattern)
    if (mistake !== null) return mistake
    const host = normalizeHost(pattern)
    if (host === '*') {
      if (this.#others !== null) return '"*" is declared twice'
      this.#others = site
      return null
    }
    const [map, key] = host.startsWith('*.') ? [this.#wild, host.slice(2)] : [this.#exact, host]
    if (map.has(key)) return `"${host}" is declared twice`
    map.set(key, site)
    return null
  }

  /**
   * The site for a `Host` as it was sent; null: this host is not served. An exact name wins over a star, a longer star
   * over a shorter one. The port is not looked at.
   */
  find(host: string): Site | null {
    const exact = this.#exact.get(host)
    if (exact !== undefined) return exact
    const name = normalizeHost(host)
    if (name === '') return this.#others
    return this.#exact.get(name) ?? this.#findWild(name) ?? this.#others
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#wild.size === 0 && this.#others === null
  }

  #findWild(name: string): Site | undefined {
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const site = dot === 0 ? undefined : this.#wild.get(name.slice(dot + 1))
      if (site !== undefined) return site
    }
    return undefined
  }
}

/** A host in the one form in which hosts are compared: lower case, no port, no dot at the end. */
export function normalizeHost(host: string): string {
  const lower = host.toLowerCase()
  if (lower.startsWith('[')) {
    const end = lower.indexOf(']')
    return end !== -1 && /^(:\d*)?$/.test(lower.slice(end + 1)) ? normalizeIpv6(lower.slice(0, end + 1)) : ''
  }
  const colon = lower.indexOf(':')
  const name = colon === -1 ? lower : lower.slice(0, colon)
  if (colon !== -1 && !/^:\d*$/.test(lower.slice(colon))) return ''
  return name.endsWith('.') ? name.slice(0, -1) : name
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** What is wrong with a host pattern; null when nothing is. */
export function checkHostPattern(pattern: string): HostMistake | null {
  if (pattern === '*') return null
  if (/:\d+$/.test(pattern) && !pattern.endsWith(']')) return 'a host is declared without a port'
  const host = normalizeHost(pattern)
  if (host.startsWith('[')) return URL.canParse(`http://${host}/`) ? null : 'it is not an IPv6 address'
  const labels = host.split('.')
  const rest = labels[0] === '*' ? labels.slice(1) : labels
  if (rest.length === 0 || host.length > 253) return 'it is not a host name'
  if (rest.some((label) => label.includes('*'))) return 'a star stands alone and first: *.example.org'
  const asUrl = `http://${rest.join('.')}/`
  if (/[^ -~]/.test(host) && URL.canParse(asUrl)) return `a host is written as it is sent: ${new URL(asUrl).hostname}`
  return rest.every((label) => LABEL.test(label)) ? null : 'a host has letters, digits, "-" and dots'
}

/** `[0:0::1]` and `[::1]` are one address: the form of RFC 5952. */
function normalizeIpv6(literal: string): string {
  const url = `http://${literal}/`
  return URL.canParse(url) ? new URL(url).hostname : ''
}
