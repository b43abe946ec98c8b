import type { Handler } from '../core/route-spec.ts'

/** What a handler of the framework's own sends, where its text does not say it. */
export type SentKind = 'file' | 'page'

const KINDS = new WeakMap<object, SentKind>()

/** Marks a handler that sends a file, whole or in part, or a page. */
export function sends<H extends object>(kind: SentKind, handler: H): H {
  KINDS.set(handler, kind)
  return handler
}

export function sentKindOf(handler: Handler): SentKind | null {
  return KINDS.get(handler) ?? null
}
