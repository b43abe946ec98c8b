import { isIPv6, type AddressInfo } from 'node:net'

/** URL of an open socket as it listens: `tcp://0.0.0.0:7777`. */
export function socketUrl(scheme: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('Cannot listen: the server has no address')
  const { address: host, port } = address
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/** URL under which a listening socket can be reached from this machine. */
export function listenUrl(scheme: 'http' | 'https', address: AddressInfo | string | null): string {
  return socketUrl(scheme, address).replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
