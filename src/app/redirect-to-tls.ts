import type { Answer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import { HeadBlock } from '../core/reply.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { HostTable, normalizeHost } from '../route/hosts.ts'
import type { AppDefinition } from './guichet.ts'

const HEAD = new HeadBlock(['cache-control', 'no-store'])
const NAME = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/

/**
 * Sends all calls on plain HTTP to the same address on HTTPS (308: the method stays). Only for hosts that the app
 * serves: anything else would be an address that the caller wrote.
 */
export function createTlsRedirect({ hosts }: AppDefinition, refuse: Pipeline['refuse'], tlsUrl: string): Answer {
  const served = new HostTable<true>()
  for (const { pattern } of hosts) served.add(pattern, true)
  const { port } = new URL(tlsUrl)
  return (received) => {
    const name = normalizeHost(received.host)
    if (!NAME.test(name))
      return refuse(new Refusal('LISTEN_BAD_REQUEST', { reason: 'no host to redirect to' }), received)
    if (hosts.length > 0 && served.find(name) === null) return refuse(new Refusal('ROUTE_UNKNOWN_HOST'), received)
    const query = received.query === '' ? '' : `?${received.query}`
    const location = `https://${name}${port === '' ? '' : `:${port}`}${received.path}${query}`
    return { status: 308, head: HEAD, headers: ['location', location], body: null }
  }
}
