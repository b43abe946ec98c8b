import type { Call } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Recognition, Scheme, SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import { quoted } from './challenge.ts'
import { type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot, saysMore } from './per-boot.ts'
import { PasswordVerifier, type Credentials, type PasswordOptions } from './password-verifier.ts'
import { readSchemeValue } from './scheme-value.ts'

/**
 * Login and password in the `Authorization` header (RFC 7617). Without options it only names the app's own scheme, for
 * a route: `authn: [basic()]`.
 */
export function basic<Sql = unknown, Config = unknown>(
  options: PasswordOptions<Sql, Config> = {},
): DeclaredScheme<LookupContext<Sql, Config>> {
  return perBoot(() => createBasic(new PasswordVerifier(options)), saysMore(options))
}

/** The scheme on a verifier that it may share with others. */
export function createBasic<Sql, Config>(verifier: PasswordVerifier<Sql, Config>): Scheme<LookupContext<Sql, Config>> {
  return {
    name: 'basic',
    reads: 'head',
    isAmbient: false,
    isRemembered: true,
    challenge: (realm) => `Basic realm=${quoted(realm)}, charset="UTF-8"`,
    prepare: (boot: SchemeBoot): readonly SchemeMistake[] => verifier.prepare(boot),
    forget: (user) => verifier.forget(user),
    describe: () => ({ basic: { type: 'http', scheme: 'basic' } }),
    recognize: (call: Call): MaybePromise<Recognition> => {
      const header = call.header('authorization')
      if (header === undefined) return null
      const credentials = parseBasic(header)
      return credentials === null || credentials instanceof Refusal
        ? credentials
        : verifier.recognize(call, credentials)
    },
  }
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
// oxlint-disable-next-line no-control-regex -- RFC 7617 section 2 forbids exactly these
const CONTROL = /[\u0000-\u001f\u007f]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Login and password of an `Authorization` value; null for another scheme, a refusal when it is malformed. */
export function parseBasic(header: string): Credentials | Refusal | null {
  const value = readSchemeValue(header, 'basic')
  if (value === null) return null
  const text = decodeText(value)
  if (text === null) return malformed('a value that is not base64 of UTF-8')
  // The login has no colon, the password may (RFC 7617 section 2).
  const colon = text.indexOf(':')
  if (colon < 1) return malformed('no login before a colon')
  if (CONTROL.test(text)) return malformed('a control character')
  return { login: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** One spelling only: padded, no stray bits, or two texts would be the same credentials. */
function decodeText(base64: string): string | null {
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) return null
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) return null
  try {
    return utf8.decode(bytes)
  } catch {
    return null // Not UTF-8: said by the caller as malformed.
  }
}

function malformed(reason: string): Refusal {
  return new Refusal('AUTHN_MALFORMED', { reason: `Basic credentials have ${reason}` })
}
