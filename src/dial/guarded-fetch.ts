import type { IncomingMessage } from 'node:http'
import { TextDecoder } from 'node:util'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { DialPolicy, type DialTarget } from './dial-target.ts'
import { readBounded } from './read-bounded.ts'
import { type ResolveHost, resolveHost } from './resolve-host.ts'
import { assertHeaders, sendRequest } from './send-request.ts'

export interface GuardedFetchOptions {
  /**
   * Hosts or addresses that may be reached although they are not public, on any port or on one: `10.1.2.3`,
   * `[::1]:8080`, `wiki.internal:443`. For tests and for services of one's own.
   */
  readonly allow?: readonly string[]
  /** Ports of public addresses; 80 and 443 by default. */
  readonly ports?: readonly number[]
  /** For the whole fetch, redirects and body included; 10 s by default. */
  readonly timeoutMs?: number
  /** Of the body, as sent and as decompressed; 1 MiB by default. */
  readonly bytesMax?: number
  /** Redirects followed; 5 by default. */
  readonly redirectsMax?: number
  /** Media types accepted, such as `text/html` or `text/*`; all by default. */
  readonly types?: readonly string[]
  /** Certificate authorities in PEM, instead of the well-known ones: for tests and services of one's own. */
  readonly ca?: string
  /** Where names are resolved; the name servers of the system by default. */
  readonly resolve?: ResolveHost
}

export interface FetchedPage {
  /** Where the page was found, after redirects. */
  readonly url: string
  readonly status: number
  /** Media type in lower case, without parameters; empty when the server said none. */
  readonly type: string
  readonly body: Uint8Array
  /** Value of a response header by lower-case name. */
  readonly header: (name: string) => string | undefined
  /** The body as text, by the charset that the server named, UTF-8 by default. */
  readonly text: () => string
}

export interface FetchOptions {
  readonly signal?: AbortSignal
  /**
   * Request headers beside our own, such as `traceHeaders()`. They go to the origin of the URL alone: not to another one
   * to which it redirects. Throws a `TypeError` for one that belongs to the connection or that we set.
   */
  readonly headers?: Readonly<Record<string, string>>
}

export type GuardedFetch = (url: string, options?: FetchOptions) => Promise<FetchedPage>

/**
 * Makes a fetch for URLs that come from outside: it reaches public addresses only, checks each redirect again, and is
 * bounded in time, size and type. It rejects with a `Refusal`: `DIAL_FORBIDDEN`, `DIAL_FAILED`, `DIAL_TIMEOUT` or
 * `DIAL_UNACCEPTABLE`; with the reason of `signal` when that aborts. There is nothing to close.
 */
export function createGuardedFetch(options: GuardedFetchOptions = {}): GuardedFetch {
  const policy = new DialPolicy({
    allow: options.allow ?? [],
    ports: options.ports ?? [80, 443],
    resolve: options.resolve ?? resolveHost,
  })
  const timeoutMs = options.timeoutMs ?? defaultLimits.dialTimeoutMs
  return async (url, { signal: outer, headers = {} } = {}) => {
    assertHeaders(headers)
    const deadline = AbortSignal.timeout(timeoutMs)
    const signal = outer === undefined ? deadline : AbortSignal.any([outer, deadline])
    try {
      return await fetchPage(parseUrl(url), { policy, options, signal, headers })
    } catch (error) {
      outer?.throwIfAborted()
      if (error instanceof Refusal) throw error
      throw new Refusal(deadline.aborted ? 'DIAL_TIMEOUT' : 'DIAL_FAILED', { reason: String(error) })
    }
  }
}

interface Fetching {
  readonly policy: DialPolicy
  readonly options: GuardedFetchOptions
  readonly signal: AbortSignal
  readonly headers: Readonly<Record<string, string>>
}

function parseUrl(text: string, base?: URL): URL {
  const url = text.length <= defaultLimits.urlBytesMax && URL.canParse(text, base?.href) ? new URL(text, base) : null
  if (url === null) throw new Refusal('DIAL_FORBIDDEN', { message: 'the address is not a valid URL' })
  url.hash = ''
  return url
}

async function fetchPage(start: URL, fetching: Fetching): Promise<FetchedPage> {
  const redirectsMax = fetching.options.redirectsMax ?? defaultLimits.dialRedirectsMax
  let url = start
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const target = await fetching.policy.check(url, fetching.signal)
    const headers = url.origin === start.origin ? fetching.headers : {}
    const response = await sendToFirst(target, { ...fetching, headers })
    const location = redirectOf(response)
    if (location === null) return await readPage(url, response, fetching.options)
    response.destroy()
    url = parseUrl(location, url)
  }
  throw new Refusal('DIAL_UNACCEPTABLE', { message: 'there are too many redirects' })
}

/** Tries the addresses in turn, so that a host without IPv6, or one dead machine of several, does not end the fetch. */
async function sendToFirst(target: DialTarget, { signal, options, headers }: Fetching): Promise<IncomingMessage> {
  let problem: unknown = null
  for (const address of target.addresses.slice(0, defaultLimits.dialAddressesMax)) {
    try {
      return await sendRequest({ ...target, address, ca: options.ca, headers }, signal)
    } catch (error) {
      signal.throwIfAborted()
      problem = error
    }
  }
  throw problem
}

function redirectOf(response: IncomingMessage): string | null {
  const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0)
  return isRedirect ? (response.headers.location ?? null) : null
}

async function readPage(url: URL, response: IncomingMessage, options: GuardedFetchOptions): Promise<FetchedPage> {
  const contentType = response.headers['content-type'] ?? ''
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  try {
    assertType(type, options.types)
    const body = await readBounded(response, options.bytesMax ?? defaultLimits.dialBytesMax)
    return {
      url: url.href,
      status: response.statusCode ?? 0,
      type,
      body,
      header: (name) => response.headersDistinct[name]?.join(', '),
      text: () => decoderFor(contentType).decode(body),
    }
  } finally {
    response.destroy()
  }
}

function assertType(type: string, types: readonly string[] | undefined): void {
  const isAccepted = types?.some((wanted) =>
    wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted,
  )
  if (isAccepted === false) {
    throw new Refusal('DIAL_UNACCEPTABLE', { message: 'the page is not of a type that is accepted here' })
  }
}

function decoderFor(contentType: string): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset)
  } catch {
    // A charset that nobody knows: what can be read as UTF-8 is better than nothing.
    return new TextDecoder()
  }
}
