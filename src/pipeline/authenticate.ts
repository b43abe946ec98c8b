import { checkFresh } from '../authn/fresh.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Recognition, Scheme } from '../core/scheme.ts'
import type { Known, Routed } from './call-state.ts'
import { type Stage, pass } from './stage.ts'

export interface AuthnPlan {
  readonly schemes: readonly Scheme[]
  readonly realm: string
  readonly needsUser: boolean
  /** How long ago the user may have proved who they are; null: it does not matter. */
  readonly freshMs: number | null
}

/**
 * Who calls: the schemes of the route in their order; the first that finds credentials decides. A cookie that has ended
 * is cleared and decides nothing: it comes by itself, and must not stand before what the caller sends on purpose.
 */
export function compileAuthenticate({ schemes, realm, needsUser, freshMs }: AuthnPlan): Stage<Routed, Known> {
  const hidesAll = schemes.every((scheme) => scheme.hidesSecret === true)
  const challenges = formatChallenges(schemes, realm, null)
  const missing = new Refusal('AUTHN_MISSING', { headers: challenges })
  // `identity` and `scheme` are final from here on: that is what `Known` says.
  const known = pass as (call: Routed) => Known // the line above
  if (schemes.length === 0) return needsUser ? () => missing : known

  const conclude = (call: Routed, scheme: Scheme, found: Exclude<Recognition, null>): Known | Refusal | null => {
    if (scheme.hidesSecret !== true && isClearText(call)) return CLEAR_TEXT
    if (found instanceof Refusal) {
      if (found.clearCookie === null) return challenged(found, scheme)
      call.addHeader('set-cookie', found.clearCookie)
      return null
    }
    // What an app's own function gives is not always what its type says: a row, an empty column. That is nobody.
    if (typeof found.user !== 'string' || found.user === '') {
      throw new TypeError(`Cannot authenticate: the scheme "${scheme.name}" gives a user without a name`)
    }
    const stale = freshMs === null ? null : checkFresh(found, freshMs, call.runtime.services.clock.now())
    if (stale !== null) return challenged(stale, scheme)
    call.identity = found
    call.scheme = scheme.name
    return known(call)
  }
  const challenged = (refusal: Refusal, scheme: Scheme): Refusal =>
    refusal.status === 401 ? refusal.withHeaders(formatChallenges(schemes, realm, { scheme, refusal })) : refusal

  // `ended`: the answer where a user is needed and a cookie was all there was.
  const tryFrom = (call: Routed, from: number, before: Refusal | null): MaybePromise<Known | Refusal> => {
    let ended = before
    for (let i = from; i < schemes.length; i++) {
      const scheme = schemes[i]
      if (scheme === undefined) break
      const found = scheme.recognize(call)
      if (found instanceof Promise) {
        return found.then((late) => {
          const end = late === null ? null : conclude(call, scheme, late)
          return end ?? tryFrom(call, i + 1, ended ?? endedOf(scheme, late))
        })
      }
      if (found === null) continue
      const end = conclude(call, scheme, found)
      if (end !== null) return end
      ended ??= endedOf(scheme, found)
    }
    if (!needsUser) return known(call)
    // No challenge where what it asks for would be read on the way.
    if (!hidesAll && isClearText(call)) return CLEAR_TEXT
    return ended ?? missing
  }
  const endedOf = (scheme: Scheme, found: Recognition): Refusal | null =>
    found instanceof Refusal ? challenged(found, scheme) : null
  return (call) => tryFrom(call, 0, null)
}

const CLEAR_TEXT = new Refusal('AUTHN_CLEAR_TEXT', {
  reason: 'plain HTTP; a proxy that ends TLS has to be in GUICHET_TRUSTED_PROXIES',
})

/** True where anybody on the way reads what the call carries, on a server that people should reach over TLS. */
function isClearText({ received, runtime: { services } }: Routed): boolean {
  const { transport, peer } = received
  // A socket of another kind without TLS was declared so.
  return (
    services.hasSecureCookies && !peer.isSecure && !peer.isDirectLoopback && transport !== 'tcp' && transport !== 'udp'
  )
}

interface Rejected {
  readonly scheme: Scheme
  readonly refusal: Refusal
}

/** The `WWW-Authenticate` field (RFC 9110 section 11.6.1): only the schemes of this route. */
function formatChallenges(schemes: readonly Scheme[], realm: string, rejected: Rejected | null): readonly string[] {
  const texts = schemes.flatMap((scheme) => {
    const text = scheme.challenge(realm, scheme === rejected?.scheme ? rejected.refusal : undefined)
    return text === null ? [] : [text]
  })
  // A 401 has the field in any case (RFC 9110 section 15.5.2), also where the credentials are fields of a form.
  const text = texts.length === 0 ? `Form realm="${realm}"` : [...new Set(texts)].join(', ')
  return ['www-authenticate', text]
}
