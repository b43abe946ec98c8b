import type { Socket } from 'node:net'
import type { Limits } from '../core/limits.ts'
import type { Peer, Upgraded } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'
import { RequestDecoder, STEP_HEAD, STEP_REFUSED } from '../wire/http1/request-decoder.ts'
import type { RequestHead } from '../wire/http1/request-head.ts'
import { discardBody } from './discard-body.ts'
import type { Http1Body } from './http1-body.ts'
import type { Http1Context } from './http1-context.ts'
import { RefusedExchange } from './http1-exchange.ts'
import type { Exchange } from './http1-exchange.ts'
import { Http1Output } from './http1-output.ts'
import type { OutputOwner } from './http1-output.ts'
import { Http1Patience } from './http1-patience.ts'
import type { PatienceSubject } from './http1-patience.ts'
import { Http1Received } from './http1-received.ts'
import type { RequestSource } from './http1-received.ts'

/** Told when a connection is over, or was given away. */
export interface ConnectionOwner {
  onClosed(connection: Http1Connection): void
  onDetached(connection: Http1Connection, socket: Socket): void
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * One HTTP/1.1 connection: bytes go into the decoder, requests to the pipeline, and answers out in the order of their
 * requests. It reads only as far as somebody wants to know.
 */
export class Http1Connection implements RequestSource, OutputOwner, PatienceSubject {
  readonly decoder: RequestDecoder
  readonly limits: Limits
  readonly output: Http1Output
  requests = 0
  isLingering = false
  readonly #context: Http1Context
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #peer: Peer
  readonly #patience: Http1Patience
  /** Requests whose answers are awaited, in order. */
  readonly #queue: Exchange[] = []
  /** The last request, whose body the decoder may be in. */
  #current: Http1Received | null = null
  /** A request that was read and waits until those before it are answered. */
  #held: Http1Received | null = null
  /** The exchange whose answer is being sent over time. */
  #sending: Exchange | null = null
  #isPumping = false
  /** The last answer was decided: nothing more is read from the peer. */
  #isLast = false
  #isPeerDone = false
  #isContinueSent = false
  #isPaused = false
  #isGone = false
  #isDetached = false

  constructor(context: Http1Context, socket: Socket, { peer, owner }: { peer: Peer; owner: ConnectionOwner }) {
    this.#context = context
    this.limits = context.limits
    this.#socket = socket
    this.#owner = owner
    this.#peer = peer
    this.decoder = new RequestDecoder(context.limits)
    this.output = new Http1Output(socket, this)
    this.#patience = new Http1Patience(context.nowMs)
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
  }

  get isOccupied(): boolean {
    return this.#queue.length > 0 || this.output.isBusy
  }

  get body(): Http1Body | null {
    return this.#current?.body ?? null
  }

  get #isIdle(): boolean {
    return !this.isOccupied && this.decoder.waitingBytes === 0 && !this.decoder.isInBody
  }

  /** Refuses the connection as such. */
  refuse(refusal: Refusal): void {
    this.#refuseHead(refusal)
    this.output.flush()
    this.#settle()
  }

  /** Ends a connection that has nothing under way, so that its peer opens another elsewhere. */
  endIdle(): void {
    // Nothing was sent that the peer could lose, and nothing is under way from it that we know of.
    if (this.#isIdle && !this.isLingering) this.#socket.destroySoon()
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
        this.#isLast = true
        this.body?.fail(new Refusal('LISTEN_BODY_TOO_SLOW'))
        break
      default:
    }
  }

  demand(): void {
    if (this.#isPeerDone) {
      this.body?.fail(null)
      return
    }
    if (this.#current?.expectsContinue === true && !this.#isContinueSent && !this.output.isBusy) {
      this.#isContinueSent = true
      this.output.sendContinue()
    }
    this.#resume()
  }

  peerOf(head: RequestHead): Peer {
    if (!head.facts.isForwarded) return this.#peer
    const direct = { ...this.#peer, isDirectLoopback: false }
    return this.#context.proxies.resolve(direct, (name) => head.header(name))
  }

  detach(): Upgraded {
    if (this.#isGone) throw new Error('Cannot upgrade: the connection is gone')
    const socket = this.#socket
    this.#isGone = true
    this.#isDetached = true
    this.output.flush()
    const head = this.decoder.takeRest()
    socket.off('data', this.#onData)
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

  onSent(reply: EncodedReply, error: Error | null): void {
    reply.onEnd?.(error)
    if (this.#sending === this.#current) this.#current?.body?.close()
    this.#sending = null
    this.#patience.since = this.#context.nowMs
    if (!this.#isGone) this.#advance()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.isLingering) return
    this.decoder.push(chunk)
    this.#pump()
  }

  readonly #onDrain = (): void => {
    this.output.drain()
    if (!this.#isGone) this.#pump()
  }

  // The peer sends no more. It may still read: answers under way are sent, but nobody should work for long.
  readonly #onEnd = (): void => {
    this.#isPeerDone = true
    if (this.#isGone) return
    this.#abortAll()
    if (!this.isOccupied) this.#linger()
  }

  readonly #onClose = (): void => {
    this.#isGone = true
    this.#abortAll()
    this.decoder.stop()
    this.output.fail()
    for (const { reply } of this.#queue.splice(0)) if (reply !== null) this.#drop(reply)
    this.#owner.onClosed(this)
  }

  #abortAll(): void {
    if (this.decoder.isInBody) this.body?.fail(null)
    for (const exchange of this.#queue) exchange.abort()
    this.#sending?.abort()
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
    if (this.#isGone || this.isLingering) return false
    if (this.#held !== null) return this.#dispatchHeld(this.#held)
    if (this.decoder.isInBody) return this.#stepBody()
    if (this.#isLast || this.output.isBlocked || !this.#mayDispatch()) return false
    const step = this.decoder.next()
    if (step === STEP_HEAD) {
      const received = new Http1Received(this.decoder.head, this)
      if (this.isOccupied && !mayRunBeside(received)) this.#held = received
      else this.#dispatch(received)
      return true
    }
    if (step === STEP_REFUSED) this.#refuseHead(this.decoder.refusal ?? new Refusal('LISTEN_BAD_REQUEST'))
    return false
  }

  #mayDispatch(): boolean {
    if (!this.isOccupied) return true
    return this.#queue.length < this.limits.pipelinedMax && this.#current !== null && mayRunBeside(this.#current)
  }

  #dispatchHeld(held: Http1Received): boolean {
    if (this.isOccupied) return false
    this.#held = null
    this.#dispatch(held)
    return true
  }

  #dispatch(received: Http1Received): void {
    this.#current = received
    this.#isContinueSent = false
    this.requests += 1
    if (!received.isPersistent || this.requests >= this.limits.requestsPerConnectionMax) this.#isLast = true
    const reply = this.#ask(received)
    if (reply === null) return
    if (reply instanceof Promise) {
      this.#queue.push(received)
      reply.then(
        (late) => this.#answered(received, late),
        (error: unknown) => this.#failed(error),
      )
    } else if (!this.isOccupied) {
      this.#send(received, reply)
    } else {
      received.reply = reply
      this.#queue.push(received)
    }
  }

  // The pipeline promises not to throw; were it to, this connection alone must end.
  #ask(received: Http1Received): MaybePromise<EncodedReply> | null {
    try {
      return this.#context.answer(received)
    } catch (error) {
      this.#failed(error)
      return null
    }
  }

  #answered(received: Http1Received, reply: EncodedReply): void {
    if (this.#isGone) {
      this.#drop(reply)
      return
    }
    received.reply = reply
    this.#advance()
  }

  /** The end of an answer that has no connection any more: the peer left, or `upgrade()` gave the socket away. */
  #drop(reply: EncodedReply): void {
    discardBody(reply.body)
    reply.onEnd?.(this.#isDetached ? null : new Error('Cannot send: the peer went away'))
  }

  #failed(error: unknown): void {
    this.#context.log('Cannot answer: the pipeline failed', error)
    this.destroy()
  }

  /** Sends the answers that are next in order, then reads on. */
  #advance(): void {
    while (!this.output.isBusy && !this.isLingering) {
      const reply = this.#queue[0]?.reply
      if (reply === undefined || reply === null) break
      const exchange = this.#queue.shift()
      if (exchange !== undefined) this.#send(exchange, reply)
    }
    this.#pump()
  }

  #send(exchange: Exchange, reply: EncodedReply): void {
    if (this.#isGone) {
      this.#drop(reply)
      return
    }
    // Those that follow were read, and so are answered: the last of them ends the connection.
    const isPersistent = this.#queue.length > 0 || (!this.#isLast && this.#mayPersist(exchange, reply))
    if (!isPersistent) this.#isLast = true
    const isDone = this.output.send(reply, {
      isHead: exchange.method === 'HEAD',
      isVersion10: exchange.isVersion10,
      isPersistent,
      dateLine: this.#context.dateLine,
    })
    this.#patience.since = this.#context.nowMs
    if (!isDone) {
      this.#sending = exchange
      return
    }
    if (exchange === this.#current) this.#current.body?.close()
    reply.onEnd?.(null)
  }

  #mayPersist(exchange: Exchange, reply: EncodedReply): boolean {
    if (this.#context.isClosing || this.#isPeerDone) return false
    const { body } = reply
    const isStream = body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)
    if (isStream && exchange.isVersion10 && (reply.bodyBytes ?? -1) < 0) return false
    if (this.#held !== null || !this.decoder.isInBody) return this.decoder.refusal === null
    // A streamed answer may still be reading the request that it answers.
    if (isStream && this.#current?.body?.isTaken === true) return true
    // A peer that waits for `100 Continue` may send the body after all, or not: where it ends is in doubt.
    if (this.#current?.expectsContinue === true && !this.#isContinueSent) return false
    const left = this.decoder.bodyBytesLeft
    return left === Number.POSITIVE_INFINITY || left <= this.limits.drainBodyBytesMax
  }

  #stepBody(): boolean {
    const { body } = this
    if (body === null) return false
    if (body.isWaiting) {
      body.advance()
      return !body.isWaiting || !this.decoder.isInBody
    }
    // Once it is answered, what is left of the body is thrown away, so that the next request can be read.
    if (this.#isLast || !body.isClosed) return false
    const outcome = body.discard(this.limits.drainBodyBytesMax)
    if (outcome === 'refused') this.#isLast = true
    return outcome === 'done'
  }

  #refuseHead(refusal: Refusal): void {
    this.decoder.stop()
    const exchange = new RefusedExchange(this.#context.refuse(refusal, null))
    this.#queue.push(exchange)
    this.#isLast = true
    if (this.#queue.length === 1) this.#advance()
  }

  /** After each turn: ends what is over, and reads on or stops reading. */
  #settle(): void {
    if (this.#isGone) return
    if (this.#isLast && !this.isOccupied) {
      this.#linger()
      return
    }
    const { waitingBytes, isInBody } = this.decoder
    this.#patience.noteHead(waitingBytes > 0 && !isInBody, this.#context.nowMs)
    // An idle connection keeps nothing of its last request.
    if (!isInBody && !this.isOccupied) this.#current = null
    if (waitingBytes > this.limits.drainBodyBytesMax || this.output.isBlocked) this.#pause()
    else this.#resume()
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  #resume(): void {
    if (!this.#isPaused || this.#isGone) return
    this.#isPaused = false
    this.#socket.resume()
  }

  /**
   * Sends no more, and reads on for a while without looking: a socket that is closed with unread bytes resets the
   * connection, and the peer would lose the answer (RFC 9112 section 9.6).
   */
  #linger(): void {
    if (this.isLingering || this.#isGone) return
    this.isLingering = true
    this.#isLast = true
    this.#patience.since = this.#context.nowMs
    this.decoder.stop()
    this.#resume()
    this.#socket.end()
  }
}

/** RFC 9112 section 9.3.2: only safe requests may run beside each other; some want the connection for themselves. */
function mayRunBeside({ method, wantsUpgrade, expectsContinue, isVersion10 }: Http1Received): boolean {
  return SAFE_METHODS.has(method) && !wantsUpgrade && !expectsContinue && !isVersion10
}

function ignore(): void {}
