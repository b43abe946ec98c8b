import type { Verdict } from '../authz/evaluate.ts'
import type { GroupNode, RuleContext, Env } from '../core/rule.ts'
import { Refusal } from '../core/refusal.ts'
import type { AppView } from '../pipeline/app-view.ts'
import type { CallState } from '../pipeline/call-state.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { type Audience, mayCall } from './audience.ts'
import { type DescribedApp, type DocumentOptions, describeApp } from './describe-app.ts'
import type { OpenApiDocument } from './openapi-document.ts'

/** The documents of the apps that one `docs()` is mounted in, each described once. */
export interface DocumentBook {
  /** The document for a reader, narrowed to an audience, as JSON; null where there is no such audience. */
  textFor(call: CallState, audience: Audience | null): Promise<Uint8Array | null>
}

export function createDocumentBook(options: DocumentOptions, shows: 'all' | 'callable'): DocumentBook {
  // An app may be booted several times in one process; each boot has a view of its own.
  const shelves = new WeakMap<AppView, Shelf>()
  return {
    textFor: async (call, audience) => {
      const { view } = call.runtime
      if (view === null) throw new TypeError('Cannot document the app: its routes are not known')
      const host = call.route?.declaration.host ?? null
      let shelf = shelves.get(view)
      if (shelf === undefined) shelves.set(view, (shelf = new Shelf(describeApp(view, options, host))))
      return shows === 'all' ? shelf.textFor(audience) : shelf.textForReader(call, audience)
    },
  }
}

class Shelf {
  readonly #app: DescribedApp
  readonly #all: OpenApiDocument
  /** One for each audience of the app, and one for all: no name from outside makes an entry. */
  readonly #texts = new Map<Audience | null, Uint8Array>()

  constructor(app: DescribedApp) {
    this.#app = app
    this.#all = app.select(() => true)
  }

  textFor(audience: Audience | null): Uint8Array | null {
    if (audience !== null && !this.#all['x-audiences'].includes(audience)) return null
    let text = this.#texts.get(audience)
    if (text === undefined) {
      const document = audience === null ? this.#all : this.#app.select(({ route }) => isFor(route, audience))
      this.#texts.set(audience, (text = encode(document)))
    }
    return text
  }

  /** Only what the rules let the reader call: an audience narrows that, and never widens it. */
  async textForReader(call: CallState, audience: Audience | null): Promise<Uint8Array | null> {
    const open = await routesFor(call, new Set(this.#app.operations.map(({ route }) => route)))
    const document = this.#app.select(({ route }) => open.has(route))
    if (audience === null) return encode(document)
    if (!document['x-audiences'].includes(audience)) return null
    return encode(this.#app.select(({ route }) => open.has(route) && isFor(route, audience)))
  }
}

function isFor({ declaration }: CompiledRoute, audience: Audience): boolean {
  return mayCall(declaration.spec.authorize.node, audience)
}

/** Asks the rules themselves, as dispatch does before it reads parameters. */
async function routesFor(call: CallState, routes: ReadonlySet<CompiledRoute>): Promise<ReadonlySet<CompiledRoute>> {
  const outside = contextOf(call)
  const memo = new Map<GroupNode, Verdict>()
  const open = new Set<CompiledRoute>()
  for (const route of routes) {
    // Without a user the call ends before its rule is asked: 401.
    if (route.rule.needsUser && call.identity === null) continue
    const verdict = await route.rule.early({ identity: call.identity, args: null, outside, inside: outside, memo })
    if (!(verdict instanceof Refusal)) open.add(route)
  }
  return open
}

function contextOf({ runtime }: CallState): RuleContext<Env> {
  return { sql: runtime.database?.sql, config: runtime.config, mode: null }
}

const encoder = new TextEncoder()

function encode(document: OpenApiDocument): Uint8Array {
  return encoder.encode(JSON.stringify(document))
}
