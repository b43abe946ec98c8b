import { isIP } from 'node:net'
import { ConfigError } from '../core/config-error.ts'
import { Refusal } from '../core/refusal.ts'
import { isPublicAddress } from './public-address.ts'
import type { ResolveHost } from './resolve-host.ts'

/** Where one request may go: addresses that were checked, and nothing else. */
export interface DialTarget {
  readonly url: URL
  /** Name as the certificate has it; null where the URL has an address. */
  readonly serverName: string | null
  readonly addresses: readonly string[]
  readonly port: number
}

export interface DialPolicyOptions {
  /**
   * Hosts or addresses that may be reached although they are not public, on any port or on one: `10.1.2.3`,
   * `[::1]:8080`, `wiki.internal:443`. For tests and for services of one's own.
   */
  readonly allow: readonly string[]
  /** Ports of public addresses. */
  readonly ports: readonly number[]
  readonly resolve: ResolveHost
}

/** Decides where a fetch may go. */
export class DialPolicy {
  readonly #allowed: ReadonlySet<string>
  readonly #ports: ReadonlySet<number>
  readonly #resolve: ResolveHost

  constructor(options: DialPolicyOptions) {
    this.#allowed = new Set(options.allow.map(parseAllowed))
    this.#ports = new Set(options.ports)
    this.#resolve = options.resolve
  }

  /** Throws a `Refusal` when the URL, its port or one of its addresses is not allowed. */
  async check(url: URL, signal: AbortSignal): Promise<DialTarget> {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw forbidden('only http and https are fetched')
    if (url.username !== '' || url.password !== '') throw forbidden('an address with credentials is not fetched')
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
    const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port)
    const isTrusted = this.#isAllowed(host, port)
    // Before the name is resolved: a closed port is closed whatever the name is.
    if (isIP(host) === 0 && !isTrusted && !this.#mayBeAllowed(port)) throw forbidden()
    const addresses = isIP(host) === 0 ? await this.#resolve(host, signal) : [host]
    // All of them: an answer that mixes public and other addresses is an attack or a mistake.
    const isOpen = isTrusted || addresses.every((address) => this.#isOpen(address, port))
    if (addresses.length === 0 || !isOpen) throw forbidden()
    return { url, serverName: isIP(host) === 0 ? host : null, addresses, port }
  }

  #isOpen(address: string, port: number): boolean {
    return this.#isAllowed(address, port) || (this.#ports.has(port) && isPublicAddress(address))
  }

  #isAllowed(host: string, port: number): boolean {
    return this.#allowed.has(host) || this.#allowed.has(withPort(host, port))
  }

  #mayBeAllowed(port: number): boolean {
    return this.#ports.has(port) || this.#allowed.size > 0
  }
}

function forbidden(message?: string): Refusal {
  return new Refusal('DIAL_FORBIDDEN', message === undefined ? {} : { message })
}

function withPort(host: string, port: number): string {
  return `${host} ${port}`
}

/** `host`, or `host port` as `withPort` writes it; the URL parser normalises each spelling of an address. */
function parseAllowed(entry: string): string {
  const text = isIP(entry) === 6 ? `[${entry}]` : entry
  // From the text: the parser drops the default port of its scheme.
  const port = /:(\d+)$/.exec(text.replace(/^.*\]/, ''))?.[1]
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : null
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '' || url.hash !== '') {
    const wanted = 'a host or an address, with or without a port: 10.1.2.3, [::1]:8080, wiki.internal:443'
    throw new ConfigError([{ where: 'dial', problem: 'An entry of "allow" is not valid', current: entry, wanted }])
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  return port === undefined ? host : withPort(host, Number(port))
}
