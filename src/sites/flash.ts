import { clearOwnCookie, hasOwnCookie, type OwnCookie, readOwnCookie, writeOwnCookie } from './own-cookie.ts'
import type { SiteCall } from './site-call.ts'

/** A message for the next page: what a form did before it sent the visitor on. */
export interface Flash {
  readonly kind: 'done' | 'note' | 'problem'
  readonly text: string
}

export const FLASH_COOKIE: OwnCookie & { readonly name: 'flash' } = { name: 'flash', maxAgeMs: 300_000, seal: 'signed' }
const TEXT_CHARS_MAX = 1000
// A browser drops a cookie of more than 4096 bytes: these, in base64, leave room for name, time and signature.
const JSON_BYTES_MAX = 2900

/** Keeps a message for the next page of this visitor, in a signed cookie. A text that is too long for one is cut. */
export function setFlash(call: SiteCall, kind: Flash['kind'], text: string): void {
  let json = ''
  for (let chars = TEXT_CHARS_MAX; json === '' || Buffer.byteLength(json) > JSON_BYTES_MAX; chars -= 20) {
    const flash: Flash = { kind, text: cutText(text, chars) }
    json = JSON.stringify(flash)
  }
  writeOwnCookie(call, FLASH_COOKIE, json)
}

function cutText(text: string, chars: number): string {
  // Not between the halves of a character.
  return text.length <= chars ? text : `${text.slice(0, chars).replace(/[\ud800-\udbff]$/, '')}…`
}

/** The message that the page before left, once; null where there is none. */
export function takeFlash(call: SiteCall): Flash | null {
  if (!hasOwnCookie(call, FLASH_COOKIE)) return null
  clearOwnCookie(call, FLASH_COOKIE)
  const text = readOwnCookie(call, FLASH_COOKIE)
  return text === undefined ? null : (JSON.parse(text) as Flash) // signed: only setFlash() wrote it
}
