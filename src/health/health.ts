import type { Module } from '../app/declare.ts'
import type { Call } from '../core/call.ts'
import type { RouteOptions } from '../core/route-spec.ts'
import type { Rule } from '../core/rule.ts'
import type { AppRuntime } from '../pipeline/app-runtime.ts'
import { CallState } from '../pipeline/call-state.ts'
import { type Reply, reply } from '../reply/reply.ts'

export interface HealthOptions<R> extends Pick<RouteOptions, 'authn' | 'realm'> {
  /** Who may ask. */
  readonly authorize: R
  /** How long the database and the store may take to answer, in milliseconds; 1000 by default. */
  readonly timeoutMs?: number
}

type EnvOf<R> = R extends Rule<never, string | null, infer E> ? E : never

const TIMEOUT_MS = 1_000
const NO_STORE = { 'cache-control': 'no-store' }

/**
 * `/livez`: the process answers. `/readyz`: calls may be sent to it; 503 when its database or its store does not answer,
 * and from the moment when it is told to stop. `app.mount('/', health({ authorize: OPEN }))`.
 */
export function health<R extends Rule<Record<never, never>, string | null, never>>(
  options: HealthOptions<R>,
): Module<EnvOf<R>> {
  const { authorize, authn, realm, timeoutMs = TIMEOUT_MS } = options
  const common = {
    authorize: authorize as Rule<Record<never, never>, string | null, never>, // what R is bound to
    tags: ['health'],
    essential: true,
    ...(authn === undefined ? {} : { authn }),
    ...(realm === undefined ? {} : { realm }),
  }
  return {
    '~declare': ({ get }) => {
      get('/livez', { ...common, summary: 'The process answers' }, () => reply({ status: 'ok' }, { headers: NO_STORE }))
      get('/readyz', { ...common, summary: 'Calls may be sent here', refuses: [503] }, (_, call) =>
        tellReadiness(runtimeOf(call), timeoutMs),
      )
    },
  }
}

type Checks = Readonly<Record<string, 'ok' | 'stopping' | 'away'>>

async function tellReadiness(runtime: AppRuntime, timeoutMs: number): Promise<Reply<unknown>> {
  const checks = await readChecks(runtime, timeoutMs)
  const isReady = Object.values(checks).every((state) => state === 'ok')
  const body = { status: isReady ? 'ok' : 'not ready', checks }
  return reply(body, { status: isReady ? 200 : 503, headers: NO_STORE })
}

async function readChecks({ isDraining, database, services }: AppRuntime, timeoutMs: number): Promise<Checks> {
  if (isDraining) return { server: 'stopping' }
  const { store } = services
  const asked: [string, Promise<unknown>][] = []
  if (database !== null) asked.push(['database', database.driver.run('SELECT 1', [])])
  if (store.isShared) asked.push(['store', store.get('readyz')])
  const states = await Promise.all(
    asked.map(async ([name, answer]) => [name, await stateOf(answer, timeoutMs)] as const),
  )
  return { server: 'ok', ...Object.fromEntries(states) }
}

/** Why it is away is in the log of whoever needs it: a probe is told no more than that. */
async function stateOf(answer: Promise<unknown>, timeoutMs: number): Promise<'ok' | 'away'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'away'>((resolve) => {
    timer = setTimeout(() => resolve('away'), timeoutMs)
  })
  const state = answer.then(
    () => 'ok' as const,
    () => 'away' as const,
  )
  const first = await Promise.race([state, late])
  clearTimeout(timer)
  return first
}

function runtimeOf(call: Call): AppRuntime {
  if (call instanceof CallState) return call.runtime
  throw new TypeError('Cannot tell the health of the app: the call is not one of its pipeline')
}
