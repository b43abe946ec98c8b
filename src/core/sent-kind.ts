/**
 * What a handler of the framework's own sends: a file, whole or in part; a page; a connection to a channel; what became
 * of a message to a channel.
 */
export type SentKind = 'file' | 'join' | 'message' | 'page'

const KINDS = new WeakMap<object, SentKind>()

/** Marks a handler for documents, where its text does not say what it sends. */
export function sends<H extends object>(kind: SentKind, handler: H): H {
  KINDS.set(handler, kind)
  return handler
}

export function sentKindOf(handler: object): SentKind | null {
  return KINDS.get(handler) ?? null
}
