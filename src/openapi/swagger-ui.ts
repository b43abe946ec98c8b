import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { ConfigError } from '../core/config-error.ts'
import type { Call } from '../core/call.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { Encoded, type EncodedReply } from '../core/reply.ts'
import type { Services } from '../core/services.ts'
import { withoutHeaders } from '../guard/security-headers.ts'
import { CallState } from '../pipeline/call-state.ts'
import { createStaticFiles, type StaticFiles } from '../sites/static-files.ts'
import { type Reply, reply } from '../reply/reply.ts'
import { sends } from '../core/sent-kind.ts'
import { PAGE_STYLE } from './page-style.ts'
import { START_SCRIPT } from './start-script.ts'

/** The files of the package that the page needs; no other is served. */
const FILES: ReadonlySet<string> = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])

type Sent = Encoded | Refusal | Reply<Uint8Array>
type FileHandler = (args: { readonly file: string }, call: Call) => MaybePromise<Sent>

/** Gives the handler of the files of the page. Throws a `ConfigError` where the package is not installed. */
export function openSwaggerUi(): FileHandler {
  const root = findPackage()
  // Made at the first call, since limits and clock are those of the app that is booted.
  const trees = new WeakMap<Services, StaticFiles>()
  return sends('file', ({ file }: { readonly file: string }, call: Call): MaybePromise<Sent> => {
    if (!(call instanceof CallState)) throw new TypeError('Cannot send a file: the call is not one of the pipeline')
    if (file === 'start.js')
      return reply(START_SCRIPT, { headers: { 'content-type': 'text/javascript; charset=utf-8' } })
    if (file === 'page.css') return reply(PAGE_STYLE, { headers: { 'content-type': 'text/css; charset=utf-8' } })
    if (!FILES.has(file)) return new Refusal('ROUTE_NOT_FOUND')
    const { services } = call.runtime
    let tree = trees.get(services)
    if (tree === undefined) {
      const common = withoutHeaders(call.route?.heads.bare.pairs ?? [], ['cache-control'])
      const { limits, clock } = services
      trees.set(services, (tree = createStaticFiles({ root, index: null, limits, clock, headers: common })))
    }
    return seal(tree(call.received, `/${file}`))
  })
}

function seal(outcome: MaybePromise<Outcome<EncodedReply>>): MaybePromise<Encoded | Refusal> {
  if (outcome instanceof Promise) return outcome.then((late) => sealNow(late))
  return sealNow(outcome)
}

function sealNow(outcome: Outcome<EncodedReply>): Encoded | Refusal {
  return outcome instanceof Refusal ? outcome : new Encoded(outcome)
}

function findPackage(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  } catch (error) {
    const mistake = {
      where: 'docs({ … })',
      problem: 'the page needs the package swagger-ui-dist, which is not installed',
      wanted: 'npm install swagger-ui-dist, or docs({ page: false })',
    }
    throw Object.assign(new ConfigError([mistake]), { cause: error })
  }
}
