import type { ReplyBody } from '../core/reply.ts'

/** Ends a stream that nobody will read (HEAD, 304, a peer that is gone), so that it frees what it holds. */
export function discardBody(body: ReplyBody): void {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return
  // A stream that fails while it is thrown away has nobody left to tell.
  body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined)
}
