import type { EncodedReply } from '../core/reply.ts'
import type { CookieGate } from '../core/cookie-gate.ts'
import type { CallState } from './call-state.ts'

/**
 * The reply without the cookies that the site may not set: those that it did not declare, and those that this visitor
 * has not agreed to. Removing one is always allowed.
 */
export function gateCookies(call: CallState, reply: EncodedReply, gate: CookieGate): EncodedReply {
  const { headers } = reply
  if (headers === null || !headers.some((name, i) => i % 2 === 0 && isSetCookie(name))) return reply
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (!isSetCookie(name) || isAllowed(call, value, gate)) kept.push(name, value)
  }
  return kept.length === headers.length ? reply : { ...reply, headers: kept }
}

function isAllowed(call: CallState, value: string, gate: CookieGate): boolean {
  const name = value.slice(0, value.indexOf('='))
  if (/; *max-age=0(;|$)/i.test(value) || gate.allowsCookie(call, name)) return true
  call.log.error({ cookie: name }, 'a cookie was not sent: it is not declared, or not agreed to')
  return false
}

function isSetCookie(name: string): boolean {
  return name.toLowerCase() === 'set-cookie'
}
