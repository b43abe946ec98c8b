import { createKeyring } from '../core/keyring.ts'
import { identityOf } from '../core/scheme.ts'
import { receivedOf } from './received.test-support.ts'
import type { SiteCall } from './site-call.ts'

/** A call as pages and forms see it, for the tests of this room. */
export interface TestSiteCall extends SiteCall {
  /** Headers that were added: `name: value`. */
  readonly headers: readonly string[]
  /** What the browser would send back after this call. */
  readonly cookiesSet: Readonly<Record<string, string>>
  readonly cookiesSent: Readonly<Record<string, string>>
}

export interface TestSiteCallOptions {
  readonly cookies?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly session?: string
  readonly isSecure?: boolean
  readonly nowMs?: number
}

const keyring = createKeyring(['a secret of at least thirty-two bytes'])
const NOW = Date.UTC(2026, 5, 1)

export function siteCallOf(options: TestSiteCallOptions = {}): TestSiteCall {
  const { cookies = {}, headers = {}, session, isSecure = true, nowMs = NOW } = options
  const added: string[] = []
  return {
    keyring,
    nonce: 'n1',
    csrfToken: null,
    hasSecureCookies: isSecure,
    received: receivedOf('/', headers),
    headers: added,
    cookiesSent: cookies,
    get cookiesSet() {
      return { ...cookies, ...readSetCookies(added) }
    },
    identity: session === undefined ? null : { ...identityOf('ann'), credentialId: session },
    now: () => new Date(nowMs),
    cookie: (name) => cookies[name],
    header: (name) => headers[name],
    addHeader: (name, value) => void added.push(`${name}: ${value}`),
  }
}

function readSetCookies(added: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    added.flatMap((line) => {
      const match = /^set-cookie: ([^=]+)=([^;]*)/.exec(line)
      return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]
    }),
  )
}
