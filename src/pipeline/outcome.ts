import type { AuditRecord } from '../audit/record.ts'
import { Fault } from '../core/fault.ts'
import type { EncodedReply } from '../core/reply.ts'
import { Refusal } from '../core/refusal.ts'
import type { CallState } from './call-state.ts'

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
  return settled instanceof Fault ? 500 : settled.status
}

export function codeOf(settled: Settled): string | null {
  return settled instanceof Fault ? 'HANDLE_FAULT' : settled instanceof Refusal ? settled.code : null
}

/** `GET /stuff/:sid`, for the log. */
export function nameOf(call: CallState): string {
  return `${call.method} ${call.route?.declaration.path ?? call.path}`
}

export function endOf(settled: Settled): Pick<AuditRecord, 'status' | 'code' | 'reason'> {
  const reason = settled instanceof Refusal && settled.reason !== '' ? settled.reason : null
  return { status: statusOf(settled), code: codeOf(settled), reason }
}

/** The audit record of a call that ended so. */
export function recordOf(call: CallState, settled: Settled): AuditRecord {
  const { route, runtime } = call
  return {
    atMs: call.startedAtMs,
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
    ...endOf(settled),
    durationMs: runtime.services.clock.now() - call.startedAtMs,
  }
}

/** What an object permission decided about: `owned(oid=12)`. Ids only, so that no secret comes this way. */
function objectOf({ route, args }: CallState): string | null {
  if (route === null || args === null || route.rule.permissions.length === 0) return null
  return route.rule.permissions
    .map(({ name, from }) => `${name}(${Object.entries(from).map(([arg, param]) => `${arg}=${String(args[param])}`).join(', ')})`)
    .join(' ')
}
