import type { Call } from '../core/call.ts'
import { isOwnOrigin } from '../core/own-origin.ts'

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
  | 'received'
>

/**
 * True when the browser says (Fetch Metadata, else `Origin`) that a page of another origin sent the call; false too where
 * it says nothing.
 */
export function isFromElsewhere({ header, received }: Pick<SiteCall, 'header' | 'received'>): boolean {
  const site = header('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin'
  const origin = header('origin')
  return origin !== undefined && !isOwnOrigin(received, origin)
}
