import type { Answer, Received } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import { HeadBlock } from '../core/reply.ts'
import type { Scheme } from '../core/scheme.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { HostTable, normalizeHost } from '../route/hosts.ts'
import type { AppDefinition } from './guichet.ts'

const HEAD = new HeadBlock(['cache-control', 'no-store'])
const NAME = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/

export interface TlsRedirect {
  readonly definition: AppDefinition
  readonly refuse: Pipeline['refuse']
  readonly tlsUrl: string
  readonly isProduction: boolean
}

/**
 * Sends all calls on plain HTTP to the same address on HTTPS (308: the method stays). Only for hosts that the app
 * serves: anything else would be an address that the caller wrote. In production credentials are refused: they were read
 * on the way, and a redirect would hide that.
 */
export function createTlsRedirect({ definition, refuse, tlsUrl, isProduction }: TlsRedirect): Answer {
  const { hosts, options } = definition
  const names = isProduction ? credentialHeaders(options.authn ?? [], options.realm ?? options.name) : []
  const served = new HostTable<true>()
  for (const { pattern } of hosts) served.add(pattern, true)
  const { port } = new URL(tlsUrl)
  return (received) => {
    if (carriesAny(received, names)) return refuse(new Refusal('AUTHN_CLEAR_TEXT'), received)
    const name = normalizeHost(received.host)
    if (!NAME.test(name))
      return refuse(new Refusal('LISTEN_BAD_REQUEST', { reason: 'no host to redirect to' }), received)
    if (hosts.length > 0 && served.find(name) === null) return refuse(new Refusal('ROUTE_UNKNOWN_HOST'), received)
    const query = received.query === '' ? '' : `?${received.query}`
    // `OPTIONS *` is about the server, not about a path of it.
    const path = received.path === '*' ? '/' : received.path
    const location = `https://${name}${port === '' ? '' : `:${port}`}${path}${query}`
    return { status: 308, head: HEAD, headers: ['location', location], body: null }
  }
}

/** The headers in which the schemes of the app find credentials, cookies apart: those are for TLS by their name. */
function credentialHeaders(schemes: readonly Scheme[], realm: string): readonly string[] {
  const described = schemes
    .filter((scheme) => scheme.hidesSecret !== true)
    .flatMap((scheme) => [scheme, ...(scheme.companions ?? [])])
    .flatMap((scheme) => Object.values(scheme.describe(realm)))
  const own = described.flatMap((one) =>
    one['in'] === 'header' && typeof one['name'] === 'string' ? [one['name']] : [],
  )
  const isDigestAlone = schemes.length > 0 && schemes.every((scheme) => scheme.hidesSecret === true)
  return [...(isDigestAlone ? [] : ['authorization']), ...own.map((name) => name.toLowerCase())]
}

function carriesAny(received: Received, names: readonly string[]): boolean {
  return names.some((name) => received.header(name) !== undefined)
}
