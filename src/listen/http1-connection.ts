import type { Socket } from 'node:net'
import type { Limits } from '../core/limits.ts'
import type { Peer, Upgraded } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import { RequestDecoder, STEP_HEAD, STEP_REFUSED } from '../wire/http1/request-decoder.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import type { Http1Body } from './http1-body.ts'
import type { Http1Context } from './http1-context.ts'
import { Http1Exchanges } from './http1-exchanges.ts'
import type { ExchangeHost } from './http1-exchanges.ts'
import { Http1Output } from './http1-output.ts'
import type { OutputOwner } from './http1-output.ts'
import { Http1Patience } from './http1-patience.ts'
import type { PatienceSubject } from './http1-patience.ts'
import { Http1Received } from './http1-received.ts'
import type { RequestSource } from './http1-received.ts'
import { LendingSocket } from './lending-socket.ts'

/** Told when a connection is over, or was given away. */
export interface ConnectionOwner {
  onClosed(connection: Http1Connection): void
  onDetached(connection: Http1Connection, socket: Socket): void
}

/**
 * One HTTP/1.1 connection: bytes go into the decoder, requests to the pipeline, and answers out. It reads only as far
 * as somebody wants to know.
 */
export class Http1Connection implements RequestSource, OutputOwner, ExchangeHost, PatienceSubject {
  readonly decoder: RequestDecoder
  readonly limits: Limits
  readonly output: Http1Output
  isGone = false
  isDetached = false
  isPeerDone = false
  isLingering = false
  readonly #context: Http1Context
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly peer: Peer
  readonly #exchanges: Http1Exchanges
  readonly #patience: Http1Patience
  readonly #acceptedMs = performance.now()
  #isPumping = false
  #isPaused = false

  constructor(context: Http1Context, socket: Socket, { peer, owner }: { peer: Peer; owner: ConnectionOwner }) {
    this.#context = context
    this.limits = context.limits
    this.#socket = socket
    this.#owner = owner
    this.peer = peer
    this.decoder = new RequestDecoder(context.limits)
    this.output = new Http1Output(socket, this)
    this.#exchanges = new Http1Exchanges(context, this)
    this.#patience = new Http1Patience(context.nowMs)
    if (socket instanceof LendingSocket) socket.borrower = this.#onLent
    else socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
  }

  get isOccupied(): boolean {
    return this.#exchanges.isOccupied
  }

  get requests(): number {
    return this.#exchanges.requests
  }

  get body(): Http1Body | null {
    return this.#exchanges.current?.body ?? null
  }

  /** Refuses the connection as such, or what its peer did not finish. */
  refuse(refusal: Refusal): void {
    this.decoder.stop()
    this.#exchanges.refuse(refusal)
    this.#pump()
  }

  /**
   * Ends a connection that has nothing under way, so that its peer opens another elsewhere. One that is younger than
   * `ageMinMs` may have its first request under way: nobody repeats what was lost on a new connection.
   */
  endIdle(ageMinMs: number): void {
    if (this.requests === 0 && performance.now() - this.#acceptedMs < ageMinMs) return
    const isIdle = !this.isOccupied && this.decoder.waitingBytes === 0 && !this.decoder.isInBody
    // Nothing was sent that the peer could lose, and nothing is under way from it that we know of.
    if (isIdle && !this.isLingering) this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Looks whether the peer takes too long. Called at each tick. */
  check(tickMs: number): void {
    switch (this.#patience.judge(this, this.#context.nowMs, tickMs)) {
      case 'end':
        this.#linger()
        break
      case 'destroy':
        this.destroy()
        break
      case 'slow-head':
        this.refuse(new Refusal('LISTEN_HEAD_TOO_SLOW'))
        break
      case 'slow-body':
        this.#exchanges.isLast = true
        this.body?.fail(new Refusal('LISTEN_BODY_TOO_SLOW'))
        break
      default:
    }
  }

  demand(): void {
    if (this.isPeerDone) {
      this.body?.fail(null)
      return
    }
    const exchanges = this.#exchanges
    if (exchanges.current?.expectsContinue === true && !exchanges.isContinueSent && !this.output.isBusy) {
      exchanges.isContinueSent = true
      this.output.sendContinue()
    }
    this.#resume()
  }

  peerOf(head: RequestHead): Peer {
    if (!head.facts.isForwarded) return this.peer
    const direct = { ...this.peer, isDirectLoopback: false }
    return this.#context.proxies.resolve(direct, (name) => head.header(name))
  }

  detach(): Upgraded {
    if (this.isGone) throw new Error('Cannot upgrade: the connection is gone')
    const socket = this.#socket
    this.isGone = true
    this.isDetached = true
    this.output.flush()
    const head = this.decoder.takeRest()
    if (socket instanceof LendingSocket) socket.borrower = null
    else socket.off('data', this.#onData)
    socket.off('drain', this.#onDrain)
    socket.off('end', this.#onEnd)
    socket.off('error', ignore)
    socket.off('close', this.#onClose)
    socket.pause()
    // Neither flowing nor paused: the next owner's `data` listener starts the flow, and nothing is lost until then.
    Reflect.set(socket, 'readableFlowing', null)
    this.#owner.onDetached(this, socket)
    return { socket, head }
  }

  onAnswered(): void {
    this.#exchanges.sendReady()
    this.#pump()
  }

  onFailed(error: unknown): void {
    this.#context.log('Cannot answer: the pipeline failed', error)
    this.destroy()
  }

  onSent(reply: EncodedReply, error: Error | null): void {
    this.#exchanges.finish(reply, error)
    if (!this.isGone) this.onAnswered()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.isLingering) return
    this.decoder.push(chunk)
    this.#pump()
  }

  readonly #onLent = (buffer: Buffer, length: number): void => {
    if (this.isLingering) return
    this.decoder.lend(buffer, length)
    this.#pump()
    this.decoder.keep()
  }

  readonly #onDrain = (): void => {
    this.output.drain()
    if (!this.isGone) this.#pump()
  }

  // The peer sends no more. It may still read: what it asked for is answered, but nobody should work for long.
  readonly #onEnd = (): void => {
    this.isPeerDone = true
    if (this.isGone) return
    // Who waits has read all that came; a body that nobody asked for yet may be here whole.
    if (this.decoder.isInBody && this.body?.isWaiting === true) this.body.fail(null)
    this.#exchanges.abort()
    this.#pump()
  }

  readonly #onClose = (): void => {
    this.isGone = true
    if (this.decoder.isInBody) this.body?.fail(null)
    this.#exchanges.abort()
    this.decoder.stop()
    this.output.fail()
    this.#exchanges.dropAll()
    this.#owner.onClosed(this)
  }

  /** Goes on wherever there is something to do, then writes what was collected. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#step());
    this.#isPumping = false
    this.output.flush()
    this.#settle()
  }

  /** One step; false when there is none to take. */
  #step(): boolean {
    if (this.isGone || this.isLingering) return false
    const exchanges = this.#exchanges
    if (exchanges.hasHeld) return exchanges.acceptHeld()
    if (this.decoder.isInBody) return this.#stepBody()
    if (this.output.isBlocked || !exchanges.mayAccept) return false
    const step = this.decoder.next()
    if (step === STEP_HEAD) exchanges.accept(new Http1Received(this.decoder.head, this))
    else if (step === STEP_REFUSED) exchanges.refuse(this.decoder.refusal ?? new Refusal('LISTEN_BAD_REQUEST'))
    return step === STEP_HEAD
  }

  #stepBody(): boolean {
    const { body } = this
    if (body === null) return false
    if (body.isWaiting) {
      body.advance()
      return !body.isWaiting || !this.decoder.isInBody
    }
    // Once it is answered, what is left of the body is thrown away, so that the next request can be read.
    if (this.#exchanges.isLast || !body.isClosed) return false
    const outcome = body.discard(this.limits.drainBodyBytesMax)
    if (outcome === 'refused') this.#exchanges.isLast = true
    return outcome === 'done'
  }

  /** After each turn: ends what is over, and reads on or stops reading. */
  #settle(): void {
    if (this.isGone) return
    const { isOccupied } = this
    const { waitingBytes, isInBody } = this.decoder
    const isOver = this.#exchanges.isLast || (this.isPeerDone && !this.output.isBlocked)
    if (!isOccupied && isOver) {
      this.#linger()
      return
    }
    if (!isOccupied && !isInBody) {
      this.#patience.since = this.#context.nowMs
      // An idle connection keeps nothing of its last request.
      this.#exchanges.current = null
    }
    this.#patience.noteHead(waitingBytes > 0 && !isInBody ? this.requests + 1 : 0, this.#context.nowMs)
    if (waitingBytes > this.limits.drainBodyBytesMax || this.output.isBlocked) this.#pause()
    else this.#resume()
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  #resume(): void {
    if (!this.#isPaused || this.isGone) return
    this.#isPaused = false
    this.#socket.resume()
  }

  /**
   * Sends no more, and reads on for a while without looking: a socket that is closed with unread bytes resets the
   * connection, and the peer would lose the answer (RFC 9112 section 9.6).
   */
  #linger(): void {
    if (this.isLingering || this.isGone) return
    this.isLingering = true
    this.#exchanges.isLast = true
    this.#patience.since = this.#context.nowMs
    this.decoder.stop()
    this.#resume()
    this.#socket.end()
  }
}

function ignore(): void {}
