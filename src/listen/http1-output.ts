import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { asError } from '../core/as-error.ts'
import type { EncodedReply } from '../core/reply.ts'
import { formatFields, isBodiless, lengthOf, prepareFramedHead } from '../wire/http1/reply-head.ts'
import { discardBody } from './discard-body.ts'

/** How one reply is framed. */
export interface ReplyFrame {
  readonly isHead: boolean
  readonly isVersion10: boolean
  readonly isPersistent: boolean
  readonly dateLine: string
}

/** Told when a reply that took its time is out, or could not be sent. */
export interface OutputOwner {
  onSent(reply: EncodedReply, error: Error | null): void
}

// Bodies up to this are joined with their head into one string and one write.
const JOINED_BYTES_MAX = 16 * 1024
const FLUSH_CHARS = 64 * 1024
// A larger body goes out in slices, so that a peer which takes it slowly can be told from one that takes nothing.
const SLICE_BYTES = 64 * 1024

/**
 * Writes the replies of one connection in order. Small ones are collected as Latin-1 text (one character, one byte)
 * and leave in one write at `flush`; large ones and streams go as fast as the peer reads.
 */
export class Http1Output {
  readonly #socket: Duplex
  readonly #owner: OutputOwner
  #text = ''
  /** The reply that is being sent over time; null when the next one may start. */
  #current: EncodedReply | null = null
  #bytes: Uint8Array | null = null
  #offset = 0
  #onDrain: (() => void) | null = null
  /** True when the socket takes no more for now. */
  isBlocked = false
  /** Counts what the peer took, to see whether it still does. */
  progress = 0

  constructor(socket: Duplex, owner: OutputOwner) {
    this.#socket = socket
    this.#owner = owner
  }

  get isBusy(): boolean {
    return this.#current !== null
  }

  /** Bytes that the system has not taken from us. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  /** Sends a reply; false when it takes its time, and `onSent` tells of its end. */
  send(reply: EncodedReply, frame: ReplyFrame): boolean {
    const { body } = reply
    const isSilent = frame.isHead || isBodiless(reply.status)
    const length = lengthOf(reply)
    this.#text += formatHead(reply, frame, length)
    if (isSilent || body === null) {
      if (isSilent) discardBody(body)
      return true
    }
    if (length <= JOINED_BYTES_MAX && typeof body === 'string') {
      this.#text += length === body.length ? body : Buffer.from(body).toString('latin1')
      if (this.#text.length > FLUSH_CHARS) this.flush()
      return true
    }
    if (length <= JOINED_BYTES_MAX && body instanceof Uint8Array) {
      this.#text += toBuffer(body).toString('latin1')
      if (this.#text.length > FLUSH_CHARS) this.flush()
      return true
    }
    this.#current = reply
    if (typeof body === 'string' || body instanceof Uint8Array) return this.#startBytes(toBuffer(body))
    void this.#sendStream(body, { length, isChunked: length < 0 && !frame.isVersion10 })
    return false
  }

  /** Sends an interim answer at once (RFC 9110 section 15.2). */
  sendContinue(): void {
    this.#text += 'HTTP/1.1 100 Continue\r\n\r\n'
    this.flush()
  }

  flush(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#write(text)
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.isBlocked = false
    this.progress += 1
    if (this.#bytes !== null && this.#sendSlices()) this.#finish(null)
    const onDrain = this.#onDrain
    this.#onDrain = null
    onDrain?.()
  }

  /** The socket is gone. */
  fail(): void {
    const onDrain = this.#onDrain
    this.#text = ''
    this.#onDrain = null
    if (this.#bytes !== null) this.#finish(new Error('Cannot send: the peer went away'))
    onDrain?.()
  }

  #startBytes(bytes: Buffer): boolean {
    this.#bytes = bytes
    this.#offset = 0
    this.#socket.cork()
    this.flush()
    const isSent = this.#sendSlices()
    this.#socket.uncork()
    if (isSent) this.#current = null
    return isSent
  }

  /** True when all is written. */
  #sendSlices(): boolean {
    const bytes = this.#bytes
    if (bytes === null) return true
    while (this.#offset < bytes.length && !this.isBlocked) {
      const end = Math.min(bytes.length, this.#offset + SLICE_BYTES)
      this.#write(bytes.subarray(this.#offset, end))
      this.#offset = end
    }
    if (this.#offset < bytes.length) return false
    this.#bytes = null
    return true
  }

  async #sendStream(body: AsyncIterable<Uint8Array>, { length, isChunked }: StreamFrame): Promise<void> {
    let sent = 0
    try {
      for await (const piece of body) {
        if (this.#socket.destroyed) throw new Error('Cannot send: the peer went away')
        sent += piece.length
        if (length >= 0 && sent > length) throw new RangeError(`Cannot send a body of ${length} bytes: more came`)
        if (piece.length > 0) this.#writePiece(piece, isChunked)
        if (this.isBlocked) await this.#drained()
      }
      if (length >= 0 && sent < length) throw new RangeError(`Cannot send a body of ${length} bytes: ${sent} came`)
      if (isChunked) this.#text += '0\r\n\r\n'
      this.flush()
      this.#finish(this.#socket.destroyed ? new Error('Cannot send: the peer went away') : null)
    } catch (error) {
      this.#breakOff(length < 0 && !isChunked)
      this.#finish(asError(error))
    }
  }

  // The head is out: only a connection that breaks can tell the peer that this is not the whole body. Where the body
  // ends with the connection (HTTP/1.0) it takes a reset; on TLS the closing alert is what is missing.
  #breakOff(endsWithConnection: boolean): void {
    const socket = this.#socket
    if (endsWithConnection && socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy()
    else socket.destroy()
  }

  #writePiece(piece: Uint8Array, isChunked: boolean): void {
    if (isChunked) this.#text += `${piece.length.toString(16)}\r\n`
    if (piece.length <= JOINED_BYTES_MAX) {
      this.#text += toBuffer(piece).toString('latin1')
    } else {
      this.#socket.cork()
      this.flush()
      this.#write(piece)
    }
    if (isChunked) this.#text += '\r\n'
    this.flush()
    if (piece.length > JOINED_BYTES_MAX) this.#socket.uncork()
  }

  #drained(): Promise<void> {
    if (this.#socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onDrain = resolve
    })
  }

  #write(data: string | Uint8Array): void {
    const socket = this.#socket
    if (socket.destroyed) return
    const isTaken = typeof data === 'string' ? socket.write(data, 'latin1') : socket.write(data)
    if (!isTaken) this.isBlocked = true
  }

  #finish(error: Error | null): void {
    const reply = this.#current
    this.#current = null
    this.#bytes = null
    if (reply !== null) this.#owner.onSent(reply, error)
  }
}

interface StreamFrame {
  readonly length: number
  readonly isChunked: boolean
}

function formatHead(reply: EncodedReply, frame: ReplyFrame, length: number): string {
  const { status, headers } = reply
  const hasLength = length >= 0 && !isBodiless(status)
  let head = prepareFramedHead(reply.head, { status, dateLine: frame.dateLine, length: hasLength ? length : -1 })
  if (headers !== null) head += formatFields(headers)
  if (!frame.isPersistent) head += 'connection: close\r\n'
  else if (frame.isVersion10) head += 'connection: keep-alive\r\n'
  if (length < 0 && !isBodiless(status) && !frame.isVersion10) head += 'transfer-encoding: chunked\r\n'
  return `${head}\r\n`
}

function toBuffer(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body)
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
