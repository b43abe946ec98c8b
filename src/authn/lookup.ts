import type { SchemeBoot } from '../core/scheme.ts'

/** What the functions of a scheme see beside their arguments. Their statements run outside the call's transaction. */
export interface LookupContext<E> {
  readonly sql: E extends { sql: infer Sql } ? Sql : never
  readonly config: E extends { config: infer Config } ? Config : unknown
}

/** The context of an app, typed as its scheme declared it. */
export function lookupContext<E>(boot: SchemeBoot): LookupContext<E> {
  // The compiler has matched E with the app's statements and configuration where the scheme was given to the app.
  // Read at each use: declarations are checked before the database is opened.
  const context: { readonly sql: unknown; readonly config: unknown } = {
    get sql() {
      return boot.sql
    },
    config: boot.config,
  }
  return context as LookupContext<E>
}
