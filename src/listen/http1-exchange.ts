import type { EncodedReply } from '../core/reply.ts'

/** One request and its answer, in the order of its connection. */
export interface Exchange {
  readonly method: string
  readonly isVersion10: boolean
  /** The peer wants another request after this one. */
  readonly isPersistent: boolean
  /** The answer, once it is known. */
  reply: EncodedReply | null
  /** The peer went away. */
  abort(): void
}

/** The answer to bytes that are no request: the last one of its connection. */
export class RefusedExchange implements Exchange {
  readonly method = 'GET'
  readonly isVersion10 = false
  readonly isPersistent = false
  reply: EncodedReply | null

  constructor(reply: EncodedReply) {
    this.reply = reply
  }

  abort(): void {}
}
