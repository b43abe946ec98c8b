import type { AuditRecord } from '../audit/record.ts'
import { Fault } from '../core/fault.ts'
import type { EncodedReply } from '../core/reply.ts'
import { Refusal } from '../core/refusal.ts'
import type { CallState } from './call-state.ts'
import type { CompiledRoute } from './compiled-route.ts'

/** How a call ended, before its bytes are made. */
export type Settled = EncodedReply | Refusal | Fault

/** True where the transaction of the call must not be committed. */
export function isFailure(settled: Settled): boolean {
  return statusOf(settled) >= 400
}

/** The record of what was refused before there was a call. */
export const NOTHING_RECEIVED = {
  transport: 'http',
  method: '',
  route: null,
  path: null,
  rule: null,
  object: null,
  user: null,
  scheme: null,
  peer: '',
  durationMs: 0,
} as const

export function isRefused(settled: Settled): settled is Refusal | Fault {
  return settled instanceof Refusal || settled instanceof Fault
}

export function statusOf(settled: Settled): number {
  return settled instanceof Fault ? settled.refusal.status : settled.status
}

export function codeOf(settled: Settled): string | null {
  if (settled instanceof Fault) return settled.refusal.code
  return settled instanceof Refusal ? settled.code : null
}

/** `GET /stuff/:sid`, for the log. */
export function nameOf(call: CallState): string {
  return `${call.method} ${call.route?.declaration.path ?? call.path}`
}

export function endOf(settled: Settled): Pick<AuditRecord, 'status' | 'code' | 'reason'> {
  const reason = settled instanceof Refusal && settled.reason !== '' ? settled.reason : null
  return { status: statusOf(settled), code: codeOf(settled), reason }
}

/** Which declared parameters were wrong. Other names are the peer's own words: a secret may be among them. */
function wrongParametersOf(settled: Settled, route: CompiledRoute): string | null {
  if (!(settled instanceof Refusal) || settled.errors.length === 0) return null
  const declared = new Set([...Object.keys(route.declaration.spec.params ?? {}), ...pathNamesOf(route)])
  const names = settled.errors.map(({ parameter }) => /^\w+/.exec(parameter)?.[0] ?? '')
  return [...new Set(names.map((name) => (declared.has(name) ? name : 'an undeclared name')))].join(', ')
}

/** The audit record of a call that ended so. */
export function recordOf(call: CallState, settled: Settled): AuditRecord {
  const { route, elapsedMs } = call
  const end = endOf(settled)
  return {
    atMs: Math.round(call.runtime.services.clock.now() - elapsedMs),
    id: call.id,
    transport: call.transport,
    method: call.method,
    route: route === null ? null : route.declaration.path,
    path: route === null ? call.path : null,
    rule: route === null ? null : route.rule.text,
    object: objectOf(call),
    user: call.user,
    scheme: call.scheme,
    peer: call.peer.address,
    ...end,
    reason: end.reason ?? call.note ?? (route === null ? null : wrongParametersOf(settled, route)),
    durationMs: Math.round(10 * elapsedMs) / 10,
  }
}

/**
 * What an object permission decided about: `owned(oid=12)`; without one the numbers of the path: `sid=3`. Nothing else of
 * the parameters, so that no secret comes this way.
 */
function objectOf({ route, args }: CallState): string | null {
  if (route === null || args === null) return null
  const { permissions } = route.rule
  if (permissions.length === 0) return formatNumbers(args, pathNamesOf(route))
  return permissions
    .map(
      ({ name, from }) =>
        `${name}(${Object.entries(from)
          .map(([arg, param]) => `${arg}=${String(args[param])}`)
          .join(', ')})`,
    )
    .join(' ')
}

function formatNumbers(args: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  let text: string | null = null
  for (const name of names) {
    const value = args[name]
    if (typeof value !== 'number' && typeof value !== 'bigint') continue
    text = `${text === null ? '' : `${text} `}${name}=${value}`
  }
  return text
}

const pathNames = new WeakMap<CompiledRoute, readonly string[]>()

function pathNamesOf(route: CompiledRoute): readonly string[] {
  let names = pathNames.get(route)
  if (names === undefined) {
    names = [...route.declaration.path.matchAll(/\/[:*](\w+)/g)].map(([, name = '']) => name)
    pathNames.set(route, names)
  }
  return names
}
