import { resolve } from 'node:path'
import { type MaybePromise, Refusal } from '../core/refusal.ts'
import { type EncodedReply, Encoded } from '../core/reply.ts'
import type { Handler, RouteBoot, RouteOptions } from '../core/route-spec.ts'
import { CallState } from '../pipeline/call-state.ts'
import { createStaticFiles, type StaticFiles } from '../sites/static-files.ts'
import type { StaticFilesOptions } from '../sites/static-settings.ts'

/** What means nothing for a tree: it reads no body, and runs no statement. */
type NotOfTrees = 'bodyBytesMax' | 'etag' | 'idempotent' | 'readonly' | 'reply' | 'retry' | 'serializable' | 'status'

/** What a static tree declares beside its rule. */
export interface StaticOptions<E = never>
  extends Omit<RouteOptions<E>, NotOfTrees>, Omit<StaticFilesOptions, 'clock' | 'headers' | 'limits' | 'root'> {
  /** `Content-Security-Policy` of its files; by default they load and run only what is on this site. */
  readonly policy?: string
}

/** Pages in files have no nonce: styles inside them are allowed, scripts must be files. */
const TREE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; " +
  "form-action 'self'; frame-ancestors 'self'"

/** Makes the handlers of a tree: one set of files for its address and for all below it. */
export function prepareStatic(
  folder: string,
  { policy = TREE_POLICY, ...options }: StaticOptions,
  isOpen: boolean,
): (boot: RouteBoot) => Handler {
  let files: StaticFiles | null = null
  return ({ services, directory, headers }) => {
    files ??= createStaticFiles({
      // What only some may see must not stay where others read.
      ...(isOpen ? {} : { cacheControl: 'private, no-store', immutable: null }),
      ...options,
      root: resolve(directory, folder),
      limits: services.limits,
      clock: services.clock,
      headers: [...headers, 'content-security-policy', policy],
    })
    const serve = files
    return (_, call) => {
      const within = call instanceof CallState ? call.pathValues[0] : undefined
      return seal(serve(call.received, within === undefined ? '' : `/${within}`))
    }
  }
}

function seal(outcome: MaybePromise<EncodedReply | Refusal>): MaybePromise<Encoded | Refusal> {
  if (outcome instanceof Promise) return outcome.then(sealNow)
  return sealNow(outcome)
}

function sealNow(outcome: EncodedReply | Refusal): Encoded | Refusal {
  return outcome instanceof Refusal ? outcome : new Encoded(outcome)
}
