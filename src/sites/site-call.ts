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
export function isFromOurPage({ header, received }: SiteCall): boolean {
  const site = header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = header('origin')
  if (origin === undefined || !URL.canParse(origin)) return false
  return received.host !== '' && new URL(origin).host === received.host.replace(/:(80|443)$/, '')
}
