import type { Call } from '../core/call.ts'

/** The part of a call that pages, forms and cookies need. */
export type SiteCall = Pick<
  Call,
  | 'addHeader'
  | 'cookie'
  | 'csrfToken'
  | 'hasSecureCookies'
  | 'header'
  | 'identity'
  | 'keyring'
  | 'nonce'
  | 'now'
  | 'peer'
  | 'received'
>

/** True when the browser says that a page of this very site sent the call (Fetch Metadata, else `Origin`). */
export function isFromOurPage({ header, received, peer }: SiteCall): boolean {
  return !isFromElsewhere({ header, received, peer }) && SAYS.some((name) => header(name) !== undefined)
}

/** True when the browser says that a page of another origin sent the call; false too where it says nothing. */
export function isFromElsewhere({ header, received, peer }: Pick<SiteCall, 'header' | 'received' | 'peer'>): boolean {
  const site = header('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin'
  const origin = header('origin')
  if (origin === undefined) return false
  if (!URL.canParse(origin) || received.host === '') return true
  const { host, protocol } = new URL(origin)
  // A page without TLS is not our own where we are reached by TLS: whoever is on the way could have written it.
  return host !== received.host.toLowerCase().replace(/:(80|443)$/, '') || (peer.isSecure && protocol !== 'https:')
}

const SAYS = ['sec-fetch-site', 'origin']
