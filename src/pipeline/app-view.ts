import type { Queries } from '../sql/queries.ts'
import type { ErrorFormat } from '../reply/refusal-reply.ts'
import type { CompiledRoute } from './compiled-route.ts'

/** What a booted app is made of, to be read by what documents it. */
export interface AppView {
  readonly name: string
  readonly realm: string
  /** Public prefix of all paths, which the paths of the routes have already; empty when there is none. */
  readonly prefix: string
  /** The routes as they are dispatched. */
  readonly routes: readonly CompiledRoute[]
  /** How refusals read. */
  readonly errors: ErrorFormat
  /** True where people who ask for HTML are shown pages for refusals. */
  readonly hasErrorPages: boolean
  /** The statements; null where the app has no database. */
  readonly queries: Queries<unknown> | null
}
