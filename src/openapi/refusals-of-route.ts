import { listLimits } from '../core/guard-spec.ts'
import { REFUSALS, type RefusalCode } from '../core/refusal.ts'
import type { RuleNode } from '../core/rule.ts'
import type { Scheme } from '../core/scheme.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { readsBody } from './describe-params.ts'
import { sentKindOf } from '../core/sent-kind.ts'
import type { HandlerFacts, NamedRefusal } from './read-handler.ts'
import { writtenHandler } from './written-handler.ts'

export interface RefusalPlan {
  readonly route: CompiledRoute
  readonly method: string
  readonly facts: HandlerFacts
  readonly hasDatabase: boolean
}

/** Every refusal that a call of the route can end with, stage by stage, in the order of the stages. */
export function refusalsOfRoute(plan: RefusalPlan): readonly NamedRefusal[] {
  const { route, method, facts, hasDatabase } = plan
  const { spec } = route.declaration
  const codes: readonly RefusalCode[] = [
    ...guardCodes(route),
    ...(readsBody(route, method) ? BODY_CODES : []),
    ...authnCodes(route),
    ...ruleCodes(spec.authorize.node),
    ...(method !== 'GET' && route.schemes.some(({ isAmbient, isRemembered }) => isAmbient || isRemembered === true)
      ? (['GUARD_CSRF'] as const)
      : []),
    ...paramCodes(route),
    ...(hasDatabase ? sqlCodes(method) : []),
    'HANDLE_TIMEOUT',
    'HANDLE_SHORTAGE',
    'HANDLE_FAULT',
  ]
  const declared = (spec.refuses ?? []).map((one): NamedRefusal =>
    typeof one === 'number' ? { code: 'HANDLE_REFUSED', status: one } : named(one),
  )
  return [...codes.map(named), ...facts.refusals, ...declared]
}

function named(code: RefusalCode): NamedRefusal {
  return { code, status: REFUSALS[code].status }
}

const BODY_CODES: readonly RefusalCode[] = [
  'PARAMS_MALFORMED',
  'PARAMS_MEDIA_TYPE',
  'PARAMS_TOO_LARGE',
  'LISTEN_BODY_TOO_LARGE',
  'LISTEN_BODY_TOO_SLOW',
]

function guardCodes({ declaration: { spec, limits } }: CompiledRoute): readonly RefusalCode[] {
  const all = [...limits.flatMap((shared) => shared.limits), ...listLimits(spec)]
  const isIdempotent = spec.idempotent !== undefined && spec.idempotent !== false
  return [
    ...(spec.essential === true ? [] : (['GUARD_OVERLOAD'] as const)),
    ...(all.length > 0 ? (['GUARD_RATE'] as const) : []),
    ...(isIdempotent ? (['GUARD_IDEMPOTENCY_BUSY', 'GUARD_IDEMPOTENCY_KEY'] as const) : []),
    ...(isIdempotent || all.some(({ whenAway }) => whenAway === 'closed') ? (['GUARD_UNAVAILABLE'] as const) : []),
  ]
}

function authnCodes({ schemes, realm, rule, declaration }: CompiledRoute): readonly RefusalCode[] {
  return [
    ...(rule.needsUser ? (['AUTHN_MISSING'] as const) : []),
    ...schemes.flatMap((scheme) => schemeCodes(scheme, realm)),
    ...(declaration.spec.fresh === undefined ? [] : (['AUTHN_NOT_FRESH'] as const)),
  ]
}

const TOKEN_CODES: readonly RefusalCode[] = [
  'AUTHN_TOKEN_INVALID',
  'AUTHN_TOKEN_EXPIRED',
  'AUTHN_TOKEN_NOT_YET',
  'AUTHN_TOKEN_AUDIENCE',
  'AUTHN_TOKEN_REVOKED',
  'AUTHN_UNAVAILABLE',
]
const PASSWORD_CODES: readonly RefusalCode[] = [
  'AUTHN_BAD_CREDENTIALS',
  'AUTHN_MALFORMED',
  'AUTHN_LOCKED',
  'AUTHN_BUSY',
  'AUTHN_UNAVAILABLE',
]

function schemeCodes(scheme: Scheme, realm: string): readonly RefusalCode[] {
  const described = Object.values(scheme.describe(realm))
  const isCookie = described.some((text) => text['in'] === 'cookie')
  if ('createToken' in scheme) return TOKEN_CODES
  if (described.some((text) => text['scheme'] === 'bearer')) return [...TOKEN_CODES, 'AUTHN_TOKEN_REUSED']
  if (isCookie && scheme.csrfToken !== undefined) return ['AUTHN_SESSION_UNKNOWN', 'AUTHN_UNAVAILABLE']
  return PASSWORD_CODES
}

function ruleCodes(node: RuleNode): readonly RefusalCode[] {
  switch (node.kind) {
    case 'closed':
      return ['AUTHZ_CLOSED']
    case 'open':
    case 'auth':
      return []
    case 'group':
      return ['AUTHZ_GROUP']
    case 'scope':
      return ['AUTHZ_SCOPE']
    case 'permission':
      return ['AUTHZ_PERMISSION', 'AUTHZ_NO_OBJECT']
    case 'anyOf':
    case 'allOf':
      return node.parts.flatMap(ruleCodes)
  }
}

const FILE_CODES: readonly RefusalCode[] = ['ROUTE_BAD_PATH', 'ROUTE_NOT_FOUND', 'REPLY_PRECONDITION', 'REPLY_RANGE']

const JOIN_CODES: readonly RefusalCode[] = [
  'LISTEN_UPGRADE',
  'LISTEN_NOT_IMPLEMENTED',
  'LISTEN_BAD_REQUEST',
  'LISTEN_CLOSING',
  'LISTEN_TOO_MANY_CONNECTIONS',
  'GUARD_CORS',
  'ROOMS_FULL',
  'ROOMS_NOT_RECOVERABLE',
  'HANDLE_REFUSED',
]
const MESSAGE_CODES: readonly RefusalCode[] = ['ROOMS_BAD_MESSAGE', 'HANDLE_NOT_FOUND', 'HANDLE_REFUSED']

function paramCodes(route: CompiledRoute): readonly RefusalCode[] {
  const {
    declaration: { takesAny },
    binder,
  } = route
  const kind = sentKindOf(writtenHandler(route))
  const hasPath = binder.params.some(({ place }) => place === 'path')
  return [
    ...(takesAny === true ? ([] as const) : (['PARAMS_INVALID'] as const)),
    ...(takesAny === true || kind === 'file' ? FILE_CODES : []),
    ...(kind === 'join' ? JOIN_CODES : kind === 'message' ? MESSAGE_CODES : []),
    ...(hasPath ? (['HANDLE_NOT_FOUND'] as const) : []),
  ]
}

function sqlCodes(method: string): readonly RefusalCode[] {
  const reading: readonly RefusalCode[] = ['SQL_BAD_VALUE', 'SQL_BUSY', 'SQL_TIMEOUT', 'SQL_UNAVAILABLE']
  return method === 'GET' ? reading : [...reading, 'SQL_CONFLICT', 'SQL_REFERENCE', 'SQL_SERIALIZATION']
}
