import type { AddressInfo } from 'node:net'

/** URL under which a listening socket can be reached from this machine. */
export function listenUrl(scheme: 'http' | 'https', address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('Cannot listen: the server has no address')
  const any = address.address === '0.0.0.0' ? '127.0.0.1' : address.address === '::' ? '::1' : address.address
  return `${scheme}://${any.includes(':') ? `[${any}]` : any}:${address.port}`
}
