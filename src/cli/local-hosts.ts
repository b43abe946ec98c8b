import { isIP } from 'node:net'
import { addressBytes } from './address-bytes.ts'

/** What a local authority may vouch for: names that never lead to a site of others, and private addresses. */
export const LOCAL_NAMES: readonly string[] = ['localhost', 'test', 'internal', 'local', 'home.arpa']
/** Private networks, with their masks. */
export const LOCAL_NETWORKS: readonly (readonly [address: string, mask: string])[] = [
  ['127.0.0.0', '255.0.0.0'],
  ['10.0.0.0', '255.0.0.0'],
  ['172.16.0.0', '255.240.0.0'],
  ['192.168.0.0', '255.255.0.0'],
  ['::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::', 'fe00::'],
]

/** True for a host that a local authority may vouch for. */
export function isLocalHost(host: string): boolean {
  if (isIP(host) === 0) return LOCAL_NAMES.some((name) => host === name || host.endsWith(`.${name}`))
  const address = addressBytes(host)
  return LOCAL_NETWORKS.some(([network, mask]) => {
    const [base, bits] = [addressBytes(network), addressBytes(mask)]
    return base.length === address.length && base.every((byte, i) => ((address[i] ?? 0) & (bits[i] ?? 0)) === byte)
  })
}
