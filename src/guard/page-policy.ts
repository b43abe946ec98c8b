import { randomBytes } from 'node:crypto'
import { ConfigError } from '../core/config-error.ts'

/** Sources that pages may use beside their own origin (CSP level 3, section 2.3.1): `https://cdn.example`. */
export interface PageSources {
  readonly script?: readonly string[]
  readonly style?: readonly string[]
  readonly image?: readonly string[]
  readonly font?: readonly string[]
  /** Where scripts may connect to: fetch, WebSocket, events. */
  readonly connect?: readonly string[]
  readonly frame?: readonly string[]
  /** Where forms may be sent. */
  readonly form?: readonly string[]
  /** Who may show the page in a frame; nobody by default. */
  readonly frameAncestors?: readonly string[]
}

export interface PagePolicy {
  /** Value of `content-security-policy` for a page whose scripts and styles carry `nonce`. */
  format(nonce: string): string
}

/** One source expression: no space, comma, semicolon or quote inside, so that none ends its directive. */
const SOURCE = /^(?:'[A-Za-z0-9+/=_-]+'|[A-Za-z0-9*][^\s,;'"]*)$/
/** They would undo what the policy is for. */
const UNSAFE: readonly string[] = ["'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", '*', 'data:', 'blob:']

/** A fresh nonce: 144 random bits, for one reply only. */
export function createNonce(): string {
  return randomBytes(18).toString('base64')
}

/**
 * Compiles the policy of pages: everything from their own origin, scripts and styles inside a page by nonce alone.
 * Throws a `ConfigError` for a source that is malformed, or that lets any script or style in.
 */
export function compilePagePolicy(sources: PageSources = {}): PagePolicy {
  assertSources(sources)
  const own = (name: string, listed: readonly string[] = []): string => [name, "'self'", ...listed].join(' ')
  const before = `default-src 'self'; ${own('script-src', sources.script)} 'nonce-`
  const between = `'; ${own('style-src', sources.style)} 'nonce-`
  const ancestors = sources.frameAncestors ?? []
  const after = [
    "'",
    own('img-src', ['data:', ...(sources.image ?? [])]),
    own('font-src', sources.font),
    own('connect-src', sources.connect),
    own('frame-src', sources.frame),
    own('form-action', sources.form),
    "object-src 'none'",
    "base-uri 'none'",
    ['frame-ancestors', ...(ancestors.length === 0 ? ["'none'"] : ancestors)].join(' '),
  ].join('; ')
  return { format: (nonce) => before + nonce + between + nonce + after }
}

function assertSources(sources: PageSources): void {
  const mistakes = Object.entries(sources).flatMap(([name, listed]: [string, readonly string[]]) =>
    listed
      .filter((source) => !SOURCE.test(source) || (UNSAFE.includes(source) && name !== 'image' && name !== 'font'))
      .map((current) => ({
        where: `pages.${name}`,
        problem: 'a source of the content security policy is malformed, or lets anything in',
        current,
        wanted: 'an origin such as https://cdn.example, or a hash',
      })),
  )
  if (mistakes.length > 0) throw new ConfigError(mistakes)
}
