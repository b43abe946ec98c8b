import type { Call } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { Recognition, Scheme, SchemeBoot, SchemeMistake } from '../core/scheme.ts'
import type { Services } from '../core/services.ts'
import { createBasic } from './basic.ts'
import { type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot, saysMore } from './per-boot.ts'
import { PasswordVerifier, type PasswordOptions } from './password-verifier.ts'

export interface ParamOptions<in Sql = unknown, in Config = unknown> extends PasswordOptions<Sql, Config> {
  /** Name of the field that holds the login; `USER` by default. */
  readonly user?: string
  /** Name of the field that holds the password; `PASS` by default. */
  readonly pass?: string
  /** True: only routes that name the scheme take its fields, such as a login route; elsewhere they are parameters. */
  readonly isOptIn?: boolean
}

/**
 * Login and password as two fields of the body, form or JSON, never of the query: an address ends in logs and
 * histories. Without options it only names the app's own scheme, for a route: `authn: [param()]`.
 */
export function param<Sql = unknown, Config = unknown>(
  options: ParamOptions<Sql, Config> = {},
): DeclaredScheme<LookupContext<Sql, Config>> {
  return perBoot(() => createParam(new PasswordVerifier(options), options), saysMore(options))
}

/**
 * Both schemes on the same passwords, which they verify and remember together. The compiler does not see through the
 * spread, so the statements are named: `authn: [token(), ...password<Sql>({ … })]`.
 */
export function password<Sql = unknown, Config = unknown>(
  options: ParamOptions<Sql, Config> = {},
): readonly [basic: Scheme<LookupContext<Sql, Config>>, param: Scheme<LookupContext<Sql, Config>>] {
  const verifiers = new WeakMap<Services, PasswordVerifier<Sql, Config>>()
  const plain = new PasswordVerifier(options)
  const verifierOf = (services: Services | null): PasswordVerifier<Sql, Config> => {
    if (services === null) return plain
    let verifier = verifiers.get(services)
    if (verifier === undefined) verifiers.set(services, (verifier = new PasswordVerifier(options)))
    return verifier
  }
  return [
    perBoot((services) => createBasic(verifierOf(services)), true),
    perBoot((services) => createParam(verifierOf(services), options), true),
  ]
}

function createParam<Sql, Config>(
  verifier: PasswordVerifier<Sql, Config>,
  options: ParamOptions<Sql, Config>,
): Scheme<LookupContext<Sql, Config>> {
  const userField = options.user ?? 'USER'
  const passField = options.pass ?? 'PASS'
  return {
    name: 'param',
    reads: 'body',
    isAmbient: false,
    isOptIn: options.isOptIn ?? false,
    bodyFields: [userField, passField],
    challenge: () => null,
    prepare: (boot: SchemeBoot): readonly SchemeMistake[] => [
      ...verifier.prepare(boot),
      ...(userField === passField ? [{ problem: 'login and password have the same field', current: userField }] : []),
    ],
    forget: (user) => verifier.forget(user),
    describe: () => ({}),
    recognize: (call: Call): MaybePromise<Recognition> => {
      const login = call.bodyField(userField)
      const secret = call.bodyField(passField)
      if (login === undefined && secret === undefined) return null
      if (typeof login !== 'string' || typeof secret !== 'string' || login === '') {
        return new Refusal('AUTHN_MALFORMED', { reason: `fields ${userField} and ${passField} are not two texts` })
      }
      return verifier.recognize(call, { login, password: secret })
    },
  }
}
