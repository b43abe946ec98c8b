import type { ConfigMistake } from '../core/config-error.ts'
import type { Scheme } from '../core/scheme.ts'
import type { AppRuntime } from '../pipeline/app-runtime.ts'
import { compileRoute } from '../pipeline/compile-route.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import type { FindTable } from '../pipeline/pipeline.ts'
import { RouteTable } from '../route/route-table.ts'
import type { AppDefinition } from './guichet.ts'

/** All routes of an app, compiled, and where they are found. */
export interface RouteBook {
  readonly routes: readonly CompiledRoute[]
  readonly find: FindTable
  readonly fixedHeaders: readonly string[]
  readonly mistakes: readonly ConfigMistake[]
}

export interface RouteBookOptions {
  readonly runtime: AppRuntime & { readonly schemes: readonly Scheme[] }
  /** Public prefix of all paths; empty when there is none. */
  readonly prefix: string
}

// A reply is what its content type says, and nothing that a browser guesses.
const FIXED_HEADERS: readonly string[] = ['x-content-type-options', 'nosniff']

export function compileRoutes({ declarations }: AppDefinition, { runtime, prefix }: RouteBookOptions): RouteBook {
  const table = new RouteTable<CompiledRoute>()
  const mistakes: ConfigMistake[] = []
  const routes = declarations.map((declared) => {
    const declaration = { ...declared, path: prefix + declared.path }
    const context = { runtime, schemes: runtime.schemes, fixedHeaders: FIXED_HEADERS }
    const { route, mistakes: own } = compileRoute(declaration, context)
    const { methods, path, where } = declaration
    const clashes = table.add(methods, path, route)
    mistakes.push(...own, ...clashes.map(({ problem }) => ({ where: `${methods.join('|')} ${path} (${where})`, problem })))
    return route
  })
  return { routes, mistakes, find: () => table, fixedHeaders: FIXED_HEADERS }
}
