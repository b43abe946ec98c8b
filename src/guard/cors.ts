import type { ConfigMistake } from '../core/config-error.ts'
import type { CorsDeclaration } from '../core/guard-spec.ts'
import { type Outcome, Refusal } from '../core/refusal.ts'
import type { Received } from '../core/received.ts'
import { TOKEN } from '../core/reply.ts'
import { compileOrigins, type MatchOrigin, originMistake } from './origin-list.ts'

export type { CorsDeclaration }

/** What the route table and the routes say: nobody declares it a second time. */
export interface CorsFacts {
  /** Methods that the resource answers. */
  readonly methods: readonly string[]
  /** Request headers that its routes read, such as `authorization` and declared header parameters. */
  readonly headers: readonly string[]
}

export interface Cors {
  /** For every reply of the route, whoever asks: name, value, name, value. */
  readonly fixedHeaders: readonly string[]
  /** For a reply to a call with this `Origin`; empty where the origin is not allowed, or where there is none. */
  replyHeaders(origin: string | undefined): readonly string[]
  /** Headers of the 204 that answers a preflight; 403 for an origin that is not allowed. */
  preflight(origin: string): Outcome<readonly string[]>
  isAllowed(origin: string): boolean
  /** The origins whose pages may act with the cookies of a visitor; null where none may. For `checkCrossSite`. */
  readonly withCredentials: MatchOrigin | null
}

const NONE: readonly string[] = []
const MAX_AGE_SECONDS = 600
/** What framework and browsers use without a declaration. */
const USUAL_REQUEST_HEADERS = ['content-type', 'if-match', 'if-none-match', 'idempotency-key']
const USUAL_RESPONSE_HEADERS = [
  'etag',
  'idempotent-replayed',
  'link',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
  'x-request-id',
]

/** Compiles a declaration without mistakes (`corsMistakes`). */
export function compileCors(declaration: CorsDeclaration, facts: CorsFacts): Cors {
  const isAllowed = compileOrigins(declaration.origins)
  const isAny = declaration.origins.includes('*')
  const credentials = declaration.credentials === true ? ['access-control-allow-credentials', 'true'] : NONE
  const exposed = listOf([...USUAL_RESPONSE_HEADERS, ...(declaration.exposedHeaders ?? NONE)])
  const shared = [...credentials, 'access-control-expose-headers', exposed]
  // A cache must not give the answer for one origin to another, nor the one for no origin at all.
  const fixedHeaders = isAny ? ['access-control-allow-origin', '*', ...shared] : ['vary', 'origin']
  const forPreflight = [
    ...credentials,
    'access-control-allow-methods',
    facts.methods.join(', '),
    'access-control-allow-headers',
    listOf([...USUAL_REQUEST_HEADERS, ...facts.headers]),
    'access-control-max-age',
    String(declaration.maxAgeSeconds ?? MAX_AGE_SECONDS),
    'vary',
    'origin',
  ]
  return {
    fixedHeaders,
    isAllowed,
    withCredentials: declaration.credentials === true && !isAny ? isAllowed : null,
    replyHeaders: (origin) => {
      if (isAny || origin === undefined || !isAllowed(origin)) return NONE
      return ['access-control-allow-origin', origin, ...shared]
    },
    preflight: (origin) => {
      if (!isAllowed(origin)) return new Refusal('GUARD_CORS', { headers: ['vary', 'origin'] })
      return ['access-control-allow-origin', isAny ? '*' : origin, ...forPreflight]
    },
  }
}

/** The method that a preflight asks for; null where the call is none. */
export function preflightMethod(received: Received): string | null {
  if (received.method !== 'OPTIONS' || received.header('origin') === undefined) return null
  return received.header('access-control-request-method') ?? null
}

/** What is wrong with a declaration. */
export function corsMistakes(declaration: CorsDeclaration, where: string): readonly ConfigMistake[] {
  const { origins, credentials, maxAgeSeconds = MAX_AGE_SECONDS, exposedHeaders = NONE } = declaration
  const mistakes: ConfigMistake[] = []
  if (!isList(origins)) {
    return [{ where, problem: 'cors lists no origins', wanted: "cors: { origins: ['https://app.example'] }" }]
  }
  if (origins.length === 0) mistakes.push({ where, problem: 'cors lists no origin', wanted: 'at least one origin' })
  for (const current of origins) {
    const problem = originMistake(current)
    if (problem !== null) mistakes.push({ where, problem: `cors: ${problem}`, current, wanted: 'https://app.example' })
  }
  if (origins.includes('*') && origins.length > 1) {
    mistakes.push({ where, problem: 'cors: * stands alone', current: origins.join(', ') })
  }
  if (origins.includes('*') && credentials === true) {
    const problem = 'cors: * with credentials would let every page on the web act as its visitor'
    mistakes.push({ where, problem, wanted: 'a list of origins' })
  }
  if (!(Number.isSafeInteger(maxAgeSeconds) && maxAgeSeconds >= 0)) {
    mistakes.push({ where, problem: 'cors: maxAgeSeconds is a whole number', current: String(maxAgeSeconds) })
  }
  for (const current of exposedHeaders.filter((name) => !TOKEN.test(name))) {
    mistakes.push({ where, problem: 'cors: an entry of exposedHeaders is not the name of a header', current })
  }
  return mistakes
}

/** Where types were not checked it may be anything. */
function isList(value: unknown): boolean {
  return Array.isArray(value)
}

function listOf(names: readonly string[]): string {
  return [...new Set(names.map((name) => name.toLowerCase()))].toSorted().join(', ')
}
