import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../core/config-error.ts'
import type { Peer } from '../core/received.ts'
import { findHeader } from './header-fields.ts'

/** The header in which the proxies of a deployment name the client (RFC 7239, or the older custom). */
export type ForwardingHeader = 'x-forwarded-for' | 'forwarded'

/** Looks at a message for its forwarding headers. */
export type ReadHeader = (name: string) => string | undefined

/** The proxies whose word about the client counts. */
export interface TrustedProxies {
  has(address: string): boolean
  /** The client behind `direct`, which is itself a listed proxy or not believed. */
  resolve(direct: Peer, header: ReadHeader): Peer
}

/** Any of these says that a proxy stands between, so that a loopback socket no longer means a local client. */
const FORWARDING_HEADERS: readonly string[] = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]

// A client can make the list as long as a header line; nobody has so many proxies.
const HOPS_MAX = 50

/** Reads the list of trusted proxies; throws a `ConfigError` that names each entry that is no address or network. */
export function createTrustedProxies(entries: readonly string[], header: ForwardingHeader): TrustedProxies {
  const list = new BlockList()
  const wrong = entries.filter((entry) => !addNetwork(list, entry))
  if (wrong.length > 0) {
    throw new ConfigError(
      wrong.map((current) => ({
        where: 'trustedProxies',
        problem: 'this is not an address or a network',
        current,
        wanted: 'an address (192.0.2.1) or a network (10.0.0.0/8, fd00::/8)',
      })),
    )
  }
  const isEmpty = entries.length === 0
  const has = (address: string): boolean => !isEmpty && list.check(address, familyOf(address))
  const readHops = header === 'forwarded' ? readForwarded : readCustom
  return {
    has,
    resolve(direct, read) {
      if (!has(direct.address)) return direct
      const { address, proto } = nearestStranger(direct.address, readHops(read), has)
      return {
        address,
        port: direct.port,
        isSecure: proto === null ? direct.isSecure : proto === 'https',
        isDirectLoopback: false,
        isProxied: true,
      }
    },
  }
}

/** The peer of a message: a listed proxy may name another, and any forwarding header says that this one is not direct. */
export function peerOfMessage(peer: Peer, headerPairs: readonly string[], proxies: TrustedProxies): Peer {
  if (!headerPairs.some((name, i) => i % 2 === 0 && FORWARDING_HEADERS.includes(name))) return peer
  return proxies.resolve({ ...peer, isDirectLoopback: false }, (name) => findHeader(headerPairs, name))
}

/** The address as text without the IPv6 form of an IPv4 one (`::ffff:192.0.2.1`). */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.includes('.') && /^::ffff:/i.test(address) ? address.slice(7) : address
}

/** True for an address of this machine that nobody outside can use. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** What one proxy says about its peer. */
interface Hop {
  readonly address: string
  /** Whether that peer was on TLS (`https`); null where it is not said. */
  readonly proto: string | null
}

// From the nearest hop outwards: what a trusted proxy says about its peer is true, what a stranger says is not.
function nearestStranger(direct: string, hops: readonly Hop[], has: (address: string) => boolean): Hop {
  let nearest: Hop = { address: direct, proto: null }
  const oldest = Math.max(0, hops.length - HOPS_MAX)
  for (const hop of hops.slice(oldest).toReversed()) {
    if (isIP(hop.address) === 0) return { address: nearest.address, proto: hop.proto }
    nearest = hop
    if (!has(hop.address)) return nearest
  }
  return nearest
}

// The custom does not say of which hop `X-Forwarded-Proto` speaks: the proxy next to us has to set it.
function readCustom(read: ReadHeader): readonly Hop[] {
  const last = read('x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase()
  const proto = last === undefined || last === '' ? null : last
  const list = read('x-forwarded-for') ?? ''
  return list.split(',').map((hop) => ({ address: bareAddress(hop.trim()), proto }))
}

const PAIR = /(?:^|;)\s*(for|proto)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*(?=;|$)/gi

function readForwarded(read: ReadHeader): readonly Hop[] {
  return splitOutsideQuotes(read('forwarded') ?? '').map((element) => {
    let address = ''
    let proto: string | null = null
    for (const [, name = '', quoted, bare] of element.matchAll(PAIR)) {
      const value = (quoted ?? bare ?? '').toLowerCase()
      if (name.toLowerCase() === 'for') address = bareAddress(value)
      else proto = value
    }
    return { address, proto }
  })
}

/** Parts between commas that stand in no quoted string; a quote that is never closed is a character like others. */
function splitOutsideQuotes(text: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  let canClose = true
  for (let i = 0; i < text.length; i++) {
    if (text[i] === ',') {
      if (i > start) parts.push(text.slice(start, i))
      start = i + 1
    } else if (text[i] === '"' && canClose) {
      const end = endOfQuoted(text, i)
      // Looked for once only: one look for each quote would take the square of the length.
      if (end === -1) canClose = false
      else i = end
    }
  }
  if (start < text.length) parts.push(text.slice(start))
  return parts
}

/** Where the quoted string that begins at `from` ends (RFC 9110 section 5.6.4); -1: nowhere. */
function endOfQuoted(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return -1
}

// `192.0.2.1:4711`, `[2001:db8::1]:4711`, `[2001:db8::1]`, or without a port.
function bareAddress(text: string): string {
  if (text.startsWith('[')) return plainAddress(text.slice(1, Math.max(1, text.indexOf(']'))))
  const colon = text.indexOf(':')
  return plainAddress(colon !== -1 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text)
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

function addNetwork(list: BlockList, entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (bits === undefined) {
    list.addAddress(address, family)
    return true
  }
  const prefix = Number(bits)
  if (!/^\d{1,3}$/.test(bits) || prefix > (version === 4 ? 32 : 128)) return false
  list.addSubnet(address, prefix, family)
  return true
}
