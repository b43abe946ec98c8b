import type { Scheme, SchemeBoot } from '../core/scheme.ts'

/**
 * What the functions of a scheme see of the app beside their arguments: its statements, which run outside the
 * transaction of the call, and its configuration values.
 */
export interface LookupContext<Sql, Config> {
  readonly sql: Sql
  readonly config: Config
}

/**
 * Has a call signature that nothing can be given to. Inference of a generic call that returns a function waits until the
 * outer call knows more: so the functions given to `basic()` inside `guichet({ … })` see the types of its statements.
 */
export interface Uncallable {
  (nothing: never): never
}

/** A scheme as an app declares it. */
export interface DeclaredScheme<in E> extends Scheme<E>, Uncallable {}

/** Marks a scheme as declared, for the compiler alone. */
export function declared<S extends Scheme>(scheme: S): S & Uncallable {
  // No value has the type `never`, so the signature that is not there cannot be called.
  return scheme as S & Uncallable
}

/** The context of an app, typed as its scheme declared it; its statements are looked up when they are needed. */
export function lookupContext<Sql, Config>(boot: SchemeBoot): LookupContext<Sql, Config> {
  const context = {
    get sql() {
      return boot.sql
    },
    config: boot.config,
  }
  // The compiler has matched both with the app's statements and configuration where the scheme was given to the app.
  return context as LookupContext<Sql, Config>
}
