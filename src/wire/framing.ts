import type { Outcome, Refusal } from '../core/refusal.ts'

/**
 * Cuts a stream of bytes into messages: a state machine fed by `push`, emptied by `next`. It holds at most one
 * unfinished message beside the bytes of the last `push`.
 */
export interface FrameDecoder<Message> {
  /** Bytes held that were not yet given as messages. */
  readonly pendingBytes: number
  push(bytes: Uint8Array): void
  /**
   * The next whole message; undefined when more bytes are needed. A refusal is final: where the next message starts is
   * not known any more.
   */
  next(): Outcome<Message> | undefined
  /** What remains when the stream ends; undefined when nothing does. */
  end(): Outcome<Message> | undefined
}

/** How messages of one kind lie in a stream of bytes. */
export interface Framing<In, Out = In> {
  readonly name: string
  /** `messageBytesMax` bounds one message, without its framing. */
  createDecoder(messageBytesMax: number): FrameDecoder<In>
  /** Bytes of their own: they may wait to be sent. */
  encode(message: Out): Uint8Array
  /** Last words to a peer whose message is refused; without it the stream just ends. */
  readonly encodeRefusal?: (refusal: Refusal) => Uint8Array
}
