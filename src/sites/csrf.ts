import { randomBytes } from 'node:crypto'
import { Refusal } from '../core/refusal.ts'
import { type Html, html } from '../wire/html.ts'
import { checkCsrfToken, createCsrfToken, type CsrfBinding } from './csrf-token.ts'
import { type OwnCookie, readOwnCookie, writeOwnCookie } from './own-cookie.ts'
import { isFromElsewhere, type SiteCall } from './site-call.ts'

/** Name of the hidden field, and of the header that a script may send instead. */
export const CSRF_FIELD = 'csrf'
export const CSRF_HEADER = 'x-csrf-token'

/** Tells visitors apart who have no session; holds a random number and nothing about them. */
export const VISITOR_COOKIE: OwnCookie & { readonly name: 'visitor' } = { name: 'visitor', maxAgeMs: null }
const VISITOR_ID = /^[A-Za-z0-9_-]{22}$/

// Two forms on the first page that a visitor sees share the cookie that is being set.
const fresh = new WeakMap<SiteCall, string>()

/** A token for the forms of the page that answers this call: bound to its session, else to the visitor's cookie. */
export function csrfToken(call: SiteCall): string {
  return createCsrfToken({
    keyring: call.keyring,
    binding: bindingOf(call) ?? startVisit(call),
    nowMs: call.now().getTime(),
  })
}

/** The hidden field that every form with `method="post"` needs: html`<form method="post">${csrfField(call)} …`. */
export function csrfField(call: SiteCall): Html {
  const own = html`<input type="hidden" name="${CSRF_FIELD}" value="${csrfToken(call)}">`
  // Credentials that ride along have a token of their own, which is checked before the route is reached.
  return call.csrfToken === null ? own : html`${own}<input type="hidden" name="_csrf" value="${call.csrfToken}">`
}

/** Throws the refusal 403 unless `token` was made for this session or visitor, and a page of ours sends it. */
export function checkCsrf(call: SiteCall, token: unknown = call.header(CSRF_HEADER)): void {
  // A neighbour (another host or port of this machine) may have planted a visitor's cookie, with a token for it.
  if (isFromElsewhere(call)) throw new Refusal('GUARD_CSRF', { reason: 'a form from another site' })
  const binding = bindingOf(call)
  const isGood =
    typeof token === 'string' &&
    binding !== null &&
    checkCsrfToken({ keyring: call.keyring, binding, nowMs: call.now().getTime() }, token)
  if (!isGood) throw new Refusal('GUARD_CSRF', { reason: binding === null ? 'no visitor cookie' : 'no valid token' })
}

function bindingOf(call: SiteCall): CsrfBinding | null {
  const session = call.identity?.credentialId
  if (session !== null && session !== undefined && session !== '') return { kind: 'session', id: session }
  const id = fresh.get(call) ?? readOwnCookie(call, VISITOR_COOKIE) ?? ''
  return VISITOR_ID.test(id) ? { kind: 'visitor', id } : null
}

function startVisit(call: SiteCall): CsrfBinding {
  const id = randomBytes(16).toString('base64url')
  fresh.set(call, id)
  writeOwnCookie(call, VISITOR_COOKIE, id)
  return { kind: 'visitor', id }
}
