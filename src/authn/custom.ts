import type { Call } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { identityOf, type Identity, type Recognition, type Scheme, type SchemeBoot } from '../core/scheme.ts'
import { createCsrf, CSRF_FIELD, type Csrf } from './csrf.ts'
import { lookupContext, type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot } from './per-boot.ts'

export interface CustomOptions {
  /** Challenge for `WWW-Authenticate`; none by default. */
  readonly challenge?: (realm: string) => string
  /** True where the credentials ride along without the user's intention (cookies): writing calls get a CSRF check. */
  readonly isAmbient?: boolean
  /** Then: origins beside the server's own from which writing calls may come. */
  readonly origins?: readonly string[]
  /** Fields of the body that hold the credentials: the body is then read before authentication. */
  readonly bodyFields?: readonly string[]
  /** OpenAPI security scheme object. */
  readonly describe?: Readonly<Record<string, unknown>>
}

/** The user or a whole identity; null: no credentials of this kind; a refusal: wrong ones. */
export type CustomRecognition = string | Identity | Refusal | null
export type Recognize<Sql, Config> = (
  call: Call,
  context: LookupContext<Sql, Config>,
) => MaybePromise<CustomRecognition>

/** A scheme of the app's own: `custom('key', (call, { sql }) => …)`. It must not accept what it has not checked. */
export function custom<Sql = unknown, Config = unknown>(
  name: string,
  recognize: Recognize<Sql, Config>,
  options: CustomOptions = {},
): DeclaredScheme<LookupContext<Sql, Config>> {
  return perBoot(() => createScheme(name, recognize, options), true)
}

function createScheme<Sql, Config>(
  name: string,
  recognize: Recognize<Sql, Config>,
  options: CustomOptions,
): Scheme<LookupContext<Sql, Config>> {
  let context: LookupContext<Sql, Config> | null = null
  let csrf: Csrf | null = null
  const ready = (): Csrf => {
    if (csrf === null) throw new Error(`Cannot check: scheme "${name}" is not one of an app`)
    return csrf
  }
  const isAmbient = options.isAmbient ?? false
  return {
    name,
    reads: options.bodyFields === undefined ? 'head' : 'body',
    isAmbient,
    bodyFields: [...(options.bodyFields ?? []), ...(isAmbient ? [CSRF_FIELD] : [])],
    challenge: (realm) => options.challenge?.(realm) ?? null,
    prepare: (boot: SchemeBoot) => {
      context = lookupContext<Sql, Config>(boot)
      csrf = createCsrf(boot.services.keyring, options.origins)
      return []
    },
    checkCsrf: (call, identity) => ready().check(call, identity),
    csrfToken: (identity) => ready().token(identity),
    describe: () => (options.describe === undefined ? {} : { [name]: options.describe }),
    recognize: (call) => {
      if (context === null) throw new Error(`Cannot recognize: scheme "${name}" is not one of an app`)
      const found = recognize(call, context)
      return found instanceof Promise
        ? found.then((one) => toRecognition(one, isAmbient))
        : toRecognition(found, isAmbient)
    },
  }
}

function toRecognition(found: CustomRecognition, isAmbient: boolean): Recognition {
  if (found === null || found instanceof Refusal || typeof found === 'object') return found
  if (typeof found !== 'string' || found === '') throw new TypeError('Cannot recognize: the user is not a text')
  return { ...identityOf(found), isAmbient }
}
