import { Refusal } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'

/** What the header of the PROXY protocol says about the connection that the proxy accepted. */
export interface ProxiedConnection {
  /** Bytes of the header. */
  readonly length: number
  /** The client; null for a connection of the proxy's own (a health check). */
  readonly client: { readonly address: string; readonly port: number } | null
}

const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const FIXED_BYTES = 16
/** A header with more than this has more in it than addresses, certificates of the client for instance. */
export const PROXY_HEADER_BYTES_MAX = 4096

const COMMAND_LOCAL = 0
const COMMAND_PROXY = 1
const OVER_IPV4 = 0x11
const OVER_IPV6 = 0x21

/**
 * Decodes the header of version 2 of the PROXY protocol (HAProxy, section 2.2) at the start of a connection; null when
 * more bytes are needed. Whatever is not such a header is refused: a peer that skips it would choose its own address.
 */
export function decodeProxyHeader(bytes: Buffer): Outcome<ProxiedConnection> | null {
  const known = Math.min(bytes.length, SIGNATURE.length)
  if (bytes.compare(SIGNATURE, 0, known, 0, known) !== 0) return refuse('the signature is missing')
  if (bytes.length < FIXED_BYTES) return null
  const versionAndCommand = bytes.readUInt8(12)
  const command = versionAndCommand & 0x0f
  if (versionAndCommand >> 4 !== 2) return refuse('the version is not 2')
  if (command !== COMMAND_LOCAL && command !== COMMAND_PROXY) return refuse('the command is unknown')
  const length = FIXED_BYTES + bytes.readUInt16BE(14)
  if (length > PROXY_HEADER_BYTES_MAX) return refuse('the header is too long')
  if (bytes.length < length) return null
  if (command === COMMAND_LOCAL) return { length, client: null }
  return decodeAddresses(bytes.subarray(FIXED_BYTES, length), bytes.readUInt8(13), length)
}

function decodeAddresses(block: Buffer, family: number, length: number): Outcome<ProxiedConnection> {
  if (family === OVER_IPV4 && block.length >= 12) {
    return { length, client: { address: block.subarray(0, 4).join('.'), port: block.readUInt16BE(8) } }
  }
  if (family === OVER_IPV6 && block.length >= 36) {
    return { length, client: { address: formatIpv6(block.subarray(0, 16)), port: block.readUInt16BE(32) } }
  }
  return refuse('the addresses are not those of TCP over IPv4 or IPv6')
}

/** An IPv6 address in its one written form (RFC 5952); an IPv4 one inside it as that. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return bytes.subarray(12, 16).join('.')
  const gap = longestGap(groups)
  const hex = groups.map((group) => group.toString(16))
  if (gap.length < 2) return hex.join(':')
  return `${hex.slice(0, gap.start).join(':')}::${hex.slice(gap.start + gap.length).join(':')}`
}

function longestGap(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: i - length + 1, length }
  }
  return best
}

function refuse(reason: string): Refusal {
  return new Refusal('LISTEN_BAD_REQUEST', { message: `the PROXY header is malformed: ${reason}` })
}
