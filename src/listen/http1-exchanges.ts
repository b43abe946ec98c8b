import type { MaybePromise } from '../core/refusal.ts'
import type { Refusal } from '../core/refusal.ts'
import type { Peer } from '../core/received.ts'
import type { EncodedReply, ReplyBody } from '../core/reply.ts'
import type { RequestDecoder } from '../wire/http1/request-decoder.ts'
import { checkScheme } from './check-scheme.ts'
import { discardBody } from './discard-body.ts'
import type { Http1Context } from './http1-context.ts'
import { RefusedExchange } from './http1-exchange.ts'
import type { Exchange } from './http1-exchange.ts'
import type { Http1Output } from './http1-output.ts'
import type { Http1Received } from './http1-received.ts'

/** What the exchanges need of their connection. */
export interface ExchangeHost {
  readonly decoder: RequestDecoder
  readonly output: Http1Output
  /** Who is at the other end of the socket. */
  readonly peer: Peer
  /** The socket is closed, or given away. */
  readonly isGone: boolean
  readonly isDetached: boolean
  /** The peer sends no more. */
  readonly isPeerDone: boolean
  /** An answer came that was waited for. */
  onAnswered(): void
  /** The pipeline broke its promise. */
  onFailed(error: unknown): void
}

/** A peer that never waits for an answer has so many requests run at once at first, and more as its answers are small. */
const BESIDE_FIRST = 4

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** The requests of one connection on their way through the pipeline, and their answers in the order of the requests. */
export class Http1Exchanges {
  /** Requests so far. */
  requests = 0
  /** No further request is read: the answer to the last one ends the connection. */
  isLast = false
  isContinueSent = false
  /** The last request, whose body the decoder may be in. */
  current: Http1Received | null = null
  readonly #context: Http1Context
  readonly #host: ExchangeHost
  /** Requests whose answers are awaited, or wait for those before them. */
  readonly #queue: Exchange[] = []
  /** A request that was read and runs once those before it are answered. */
  #held: Http1Received | null = null
  /** Requests that may run at once: their answers wait in our memory, whatever a request costs its sender. */
  #besideMax: number
  /** The exchange whose answer is being sent over time. */
  #sending: Exchange | null = null

  constructor(context: Http1Context, host: ExchangeHost) {
    this.#context = context
    this.#host = host
    this.#besideMax = Math.min(BESIDE_FIRST, context.limits.pipelinedMax)
  }

  /** True when an answer is awaited or being sent. */
  get isOccupied(): boolean {
    return this.#queue.length > 0 || this.#host.output.isBusy
  }

  get hasHeld(): boolean {
    return this.#held !== null
  }

  /** True when a further request may be read. */
  get mayAccept(): boolean {
    if (this.isLast) return false
    if (!this.isOccupied) return true
    return this.#queue.length < this.#besideMax && this.current !== null && mayRunBeside(this.current)
  }

  /** Gives a request to the pipeline, at once or when those before it are answered. */
  accept(received: Http1Received): void {
    if (this.isOccupied && !mayRunBeside(received)) this.#held = received
    else this.#dispatch(received)
  }

  /** Gives the held request to the pipeline; false while those before it are not answered. */
  acceptHeld(): boolean {
    const held = this.#held
    if (held === null || this.isOccupied) return false
    this.#held = null
    this.#dispatch(held)
    return true
  }

  /** Answers bytes that are no request, after all that were one. */
  refuse(refusal: Refusal): void {
    this.isLast = true
    this.#queue.push(new RefusedExchange(this.#context.refuse(refusal, null, this.#host.peer)))
    this.sendReady()
  }

  /** Sends the answers that are next in order. */
  sendReady(): void {
    while (!this.#host.output.isBusy) {
      const reply = this.#queue[0]?.reply ?? null
      if (reply === null) return
      const exchange = this.#queue.shift()
      if (exchange !== undefined) this.#send(exchange, reply)
    }
  }

  /** An answer that took its time is out, or could not be sent. */
  finish(reply: EncodedReply, error: Error | null): void {
    reply.onEnd?.(error)
    if (this.#sending === this.current) this.current?.body?.close()
    this.#sending = null
  }

  /** The peer went away, or ended its side: nobody should work for it any longer. */
  abort(): void {
    for (const exchange of this.#queue) exchange.abort()
    this.#sending?.abort()
  }

  /** Ends the answers that can no longer be sent. */
  dropAll(): void {
    for (const { reply } of this.#queue.splice(0)) if (reply !== null) this.#drop(reply)
  }

  #dispatch(received: Http1Received): void {
    this.current = received
    this.isContinueSent = false
    this.requests += 1
    if (!received.isPersistent || this.requests >= this.#context.limits.requestsPerConnectionMax) this.isLast = true
    const reply = this.#ask(received)
    if (reply === null) return
    if (reply instanceof Promise) {
      this.#queue.push(received)
      reply.then(
        (late) => this.#answered(received, late),
        (error: unknown) => this.#host.onFailed(error),
      )
    } else if (this.isOccupied) {
      received.reply = reply
      this.#queue.push(received)
    } else {
      this.#send(received, reply)
    }
  }

  // The pipeline promises not to throw; were it to, this connection alone must end.
  #ask(received: Http1Received): MaybePromise<EncodedReply> | null {
    try {
      const refusal = received.isHttps ? checkScheme(received.peer) : null
      return refusal === null ? this.#context.answer(received) : this.#context.refuse(refusal, received)
    } catch (error) {
      this.#host.onFailed(error)
      return null
    }
  }

  #answered(received: Http1Received, reply: EncodedReply): void {
    if (this.#host.isGone) {
      this.#drop(reply)
      return
    }
    received.reply = reply
    this.#host.onAnswered()
  }

  /** The end of an answer that has no connection any more: the peer left, or `upgrade()` gave the socket away. */
  #drop(reply: EncodedReply): void {
    discardBody(reply.body)
    reply.onEnd?.(this.#host.isDetached ? null : new Error('Cannot send: the peer went away'))
  }

  #send(exchange: Exchange, reply: EncodedReply): void {
    if (this.#host.isGone) {
      this.#drop(reply)
      return
    }
    // Those that follow were read, and so are answered: the last of them ends the connection.
    const isPersistent = this.#queue.length > 0 || (!this.isLast && this.#mayPersist(exchange, reply))
    if (!isPersistent) this.isLast = true
    this.#learn(reply)
    const isDone = this.#host.output.send(reply, {
      isHead: exchange.method === 'HEAD',
      isVersion10: exchange.isVersion10,
      isPersistent,
      dateLine: this.#context.dateLine,
    })
    if (!isDone) {
      this.#sending = exchange
      return
    }
    if (exchange === this.current) this.current.body?.close()
    reply.onEnd?.(null)
  }

  /** As many answers as large as this one as fit into what may wait to be sent. */
  #learn({ body }: EncodedReply): void {
    const { pipelinedMax, sendBufferBytesMax } = this.#context.limits
    const bytes = body === null || isStream(body) ? 0 : (body as string | Uint8Array).length // all that it can be else
    const fitting = Math.floor(sendBufferBytesMax / Math.max(1, bytes))
    this.#besideMax = Math.max(1, Math.min(this.#besideMax + 1, fitting, pipelinedMax))
  }

  #mayPersist({ isVersion10 }: Exchange, { body, bodyBytes }: EncodedReply): boolean {
    const { decoder, isPeerDone } = this.#host
    if (this.#context.isClosing || decoder.refusal !== null) return false
    if (isPeerDone && decoder.waitingBytes === 0 && this.#held === null) return false
    // HTTP/1.0 knows the end of such an answer by that of the connection.
    if (isVersion10 && isStream(body) && (bodyBytes ?? -1) < 0) return false
    if (this.#held !== null || !decoder.isInBody) return true
    // A streamed answer may still be reading the request that it answers.
    if (isStream(body) && this.current?.body?.isTaken === true) return true
    // A peer that waits for `100 Continue` may send the body after all, or not: where it ends is in doubt.
    if (this.current?.expectsContinue === true && !this.isContinueSent) return false
    const left = decoder.bodyBytesLeft
    // Who sent chunks beyond the limit will hardly stop soon: told now, it asks again on another connection.
    if (left === Number.POSITIVE_INFINITY) return this.current?.body?.isRefused !== true
    return left <= this.#context.limits.drainBodyBytesMax
  }
}

function isStream(body: ReplyBody): boolean {
  return body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)
}

/** RFC 9112 section 9.3.2: only safe requests may run beside each other; some want the connection for themselves. */
function mayRunBeside({ method, wantsUpgrade, expectsContinue, isVersion10 }: Http1Received): boolean {
  return SAFE_METHODS.has(method) && !wantsUpgrade && !expectsContinue && !isVersion10
}
