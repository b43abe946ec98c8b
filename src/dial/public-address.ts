import { isIPv4, isIPv6 } from 'node:net'

/**
 * True for an address of the public Internet, by the IANA registries of special-purpose addresses (RFC 6890): false for
 * loopback, private, link-local, shared (CGNAT), multicast, reserved and documentation ranges, for IPv6 forms that
 * carry such an IPv4 address (mapped, NAT64), for 6to4 and Teredo, and for anything that is not an IP address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return isPublicIpv4(parseIpv4(address))
  // A zone (`fe80::1%eth0`) means an address of one link only.
  return isIPv6(address) && !address.includes('%') && isPublicIpv6(parseIpv6(address))
}

/** First address and prefix length. */
type Range = readonly [start: string, bits: number]

const IPV4_SPECIAL: readonly Range[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared between a carrier and its customers
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a public number that inside one large cloud is the host machine
  ['169.254.0.0', 16], // link-local, where clouds have their metadata service
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]

/** Special ranges within 2000::/3; nothing outside it is public but what carries an IPv4 address. */
const IPV6_SPECIAL: readonly Range[] = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: a relay would go on to the IPv4 address inside
  ['3fff::', 20], // documentation
]
/** The last 32 bits are an IPv4 address. */
const IPV6_WITH_IPV4: readonly Range[] = [
  ['::ffff:0:0', 96], // mapped: the system itself connects by IPv4
  ['64:ff9b::', 96], // NAT64: the gateway goes on by IPv4
]

type Block = (address: bigint) => boolean

const ipv4Special = IPV4_SPECIAL.map(([start, bits]) => blockOf(parseIpv4(start), 32 - bits))
const ipv6Special = IPV6_SPECIAL.map(([start, bits]) => blockOf(parseIpv6(start), 128 - bits))
const ipv6WithIpv4 = IPV6_WITH_IPV4.map(([start, bits]) => blockOf(parseIpv6(start), 128 - bits))
const isGlobalUnicast = blockOf(parseIpv6('2000::'), 125)

function blockOf(start: bigint, freeBits: number): Block {
  const shift = BigInt(freeBits)
  const prefix = start >> shift
  return (address) => address >> shift === prefix
}

function isPublicIpv4(address: bigint): boolean {
  return !ipv4Special.some((block) => block(address))
}

function isPublicIpv6(address: bigint): boolean {
  if (ipv6WithIpv4.some((block) => block(address))) return isPublicIpv4(address & 0xffff_ffffn)
  return isGlobalUnicast(address) && !ipv6Special.some((block) => block(address))
}

function parseIpv4(address: string): bigint {
  return address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

/** Takes what `isIPv6` accepts, without a zone. */
function parseIpv6(address: string): bigint {
  const [head = '', tail] = address.split('::')
  const left = groupsOf(head)
  const right = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n)
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | group, 0n)
}

function groupsOf(text: string): readonly bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)]
    const ipv4 = parseIpv4(group)
    return [ipv4 >> 16n, ipv4 & 0xffffn]
  })
}
