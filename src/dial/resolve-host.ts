import { Resolver } from 'node:dns/promises'

/** Gives the addresses of a name; rejects when it has none. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>

/**
 * Asks the name servers of the system, IPv4 first. The hosts file is not read: what it names is not public. Unlike
 * `getaddrinfo` it takes no thread, so that a slow name server cannot hold up the hashing of passwords.
 */
export const resolveHost: ResolveHost = async (host, signal) => {
  // RFC 6761 section 6.3: these names are loopback and are never asked for.
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1']
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  const cancel = (): void => resolver.cancel()
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    if (addresses.length === 0) throw new Error(`Cannot resolve "${host}"`, { cause: reasonOf(results[0]) })
    return addresses
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function reasonOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'rejected' ? result.reason : undefined
}
