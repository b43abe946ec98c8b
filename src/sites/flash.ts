import { type OwnCookie, clearOwnCookie, readOwnCookie, writeOwnCookie } from './own-cookie.ts'
import { signText, verifyText } from './signed-text.ts'
import type { SiteCall } from './site-call.ts'

/** A message for the next page: what a form did before it sent the visitor on. */
export interface Flash {
  readonly kind: 'done' | 'note' | 'problem'
  readonly text: string
}

const PURPOSE = 'sites:flash'
const COOKIE: OwnCookie = { name: 'flash', maxAgeMs: 300_000 }
const TEXT_CHARS_MAX = 1000

/** Keeps a message for the next page of this visitor, in a signed cookie. Its text is at most 1000 characters. */
export function setFlash(call: SiteCall, kind: Flash['kind'], text: string): void {
  const flash: Flash = { kind, text: text.slice(0, TEXT_CHARS_MAX) }
  writeOwnCookie(call, COOKIE, signText(call.keyring, PURPOSE, JSON.stringify(flash)))
}

/** The message that the page before left, once; null where there is none. */
export function takeFlash(call: SiteCall): Flash | null {
  const cookie = readOwnCookie(call, COOKIE)
  if (cookie === undefined || cookie === '') return null
  clearOwnCookie(call, COOKIE)
  const text = verifyText(call.keyring, PURPOSE, cookie)
  return text === null ? null : (JSON.parse(text) as Flash) // signed: only setFlash() wrote it
}
