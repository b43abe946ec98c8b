import { clearOwnCookie, hasOwnCookie, type OwnCookie, readOwnCookie, writeOwnCookie } from './own-cookie.ts'
import type { SiteCall } from './site-call.ts'

/** A message for the next page: what a form did before it sent the visitor on. */
export interface Flash {
  readonly kind: 'done' | 'note' | 'problem'
  readonly text: string
}

const COOKIE: OwnCookie = { name: 'flash', maxAgeMs: 300_000, seal: 'signed' }
const TEXT_CHARS_MAX = 1000

/** Keeps a message for the next page of this visitor, in a signed cookie. Its text is at most 1000 characters. */
export function setFlash(call: SiteCall, kind: Flash['kind'], text: string): void {
  const flash: Flash = { kind, text: text.slice(0, TEXT_CHARS_MAX) }
  writeOwnCookie(call, COOKIE, JSON.stringify(flash))
}

/** The message that the page before left, once; null where there is none. */
export function takeFlash(call: SiteCall): Flash | null {
  if (!hasOwnCookie(call, COOKIE)) return null
  clearOwnCookie(call, COOKIE)
  const text = readOwnCookie(call, COOKIE)
  return text === undefined ? null : (JSON.parse(text) as Flash) // signed: only setFlash() wrote it
}
