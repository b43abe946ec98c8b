import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Limits } from '../core/limits.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { identityOf, type Identity } from '../core/scheme.ts'
import type { Datagram, UdpListener } from '../listen/udp-listener.ts'
import { isJsonObject } from '../params/parsed-body.ts'
import type { Encoding } from '../rooms/encoding.ts'
import type { Outlet } from '../rooms/outlet.ts'
import { decodeDatagram, hasDatagramMark, isDatagramSigned, type UnverifiedDatagram } from '../wire/datagram.ts'
import { findDatagramKey } from '../wire/datagram-key.ts'
import { parseJson } from '../wire/json.ts'
import { ReplayGuard } from '../wire/replay-guard.ts'
import { isTextOrNull, malformed } from './channel-envelope.ts'
import { admit, type Door, type SeatAsked } from './channel-admission.ts'
import type { Participant } from './participant.ts'

/** A channel at a UDP port. */
export interface UdpDoor extends Door {
  /** Parameters of the path that are the same for all. */
  readonly args: Readonly<Record<string, unknown>>
  /** True: datagrams of plain text without a signature are taken too, as lines of guests. */
  readonly isOpen: boolean
  readonly limits: Limits
}

/** What a signed datagram says. */
interface Signed {
  readonly params: Readonly<Record<string, unknown>>
  /** A message; null: the client asks to hear the room. */
  readonly message: unknown
  readonly since: string | null
  /** What the server sent to the address of the client, which so shows that it is its own. */
  readonly confirm: string | null
  /** True: the client hears the room no more. */
  readonly leave: boolean
}

interface Listener {
  readonly participant: Participant
  untilMs: number
}

const CONFIRM_MS = 60_000

/**
 * Takes part in a channel by datagrams, signed with a key of `createDatagramKey` and each taken once. What a client
 * hears goes to an address that it has shown to be its own.
 */
export class DatagramDoor {
  readonly #door: UdpDoor
  readonly #listener: Pick<UdpListener, 'send'>
  readonly #guard: ReplayGuard
  readonly #listeners = new Map<string, Listener>()
  readonly #confirmKey: KeyObject

  constructor(door: UdpDoor, listener: Pick<UdpListener, 'send'>) {
    this.#door = door
    this.#listener = listener
    this.#guard = new ReplayGuard(door.limits)
    this.#confirmKey = door.runtime.services.keyring.current('datagram address')
  }

  async take(datagram: Datagram): Promise<void> {
    const { bytes } = datagram
    if (hasDatagramMark(bytes)) await this.#takeSigned(datagram)
    else if (this.#door.isOpen) await this.#takeText(datagram)
    // Silence for the rest: an answer to what is not signed would go to any address that somebody writes into it.
  }

  async #takeText(datagram: Datagram): Promise<void> {
    const { channel, limits } = this.#door
    const { peer, bytes } = datagram
    const encoding = channel.encodings.udpText
    if (encoding === null) return
    const name = `${peer.address}:${peer.port}`
    const who = { identity: null, name, isVisit: true }
    const participant = await this.#admit(datagram, { params: {}, since: null }, who)
    if (participant instanceof Refusal) return
    participant.visit(new DatagramOutlet(datagram, encoding, limits.datagramReplyBytesMax))
    await participant.receiveLine(Buffer.from(bytes).toString('utf8').trim())
  }

  async #takeSigned(datagram: Datagram): Promise<void> {
    const opened = this.#open(datagram.bytes)
    // Nobody is told why a signature is not accepted: it may be a replay with the address of a victim.
    if (opened instanceof Refusal) return
    const { identity, said } = opened
    if (said instanceof Refusal) this.#outletTo(datagram).end(said)
    else if (said.leave) this.#leave(this.#keyOf(datagram, said, identity))
    else if (said.message !== null) await this.#speak(datagram, said, identity)
    else await this.#listen(datagram, said, identity)
  }

  async #speak(datagram: Datagram, said: Signed, identity: Identity): Promise<void> {
    const outlet = this.#outletTo(datagram)
    const participant = await this.#admit(datagram, said, { identity, name: null, isVisit: true })
    if (participant instanceof Refusal) {
      outlet.end(participant)
      return
    }
    participant.visit(outlet)
    await participant.receiveValue(said.message)
  }

  #admit(
    { peer }: Datagram,
    { params, since }: Pick<Signed, 'params' | 'since'>,
    who: Pick<SeatAsked, 'identity' | 'isVisit' | 'name'>,
  ): Promise<Outcome<Participant>> {
    const { signal } = new AbortController()
    const args = this.#argsOf(params)
    return admit(this.#door, { ...who, transport: 'udp', peer, args, since, authorization: null, signal })
  }

  /** Who signed, and what. */
  #open(bytes: Uint8Array): Outcome<{ readonly identity: Identity; readonly said: Outcome<Signed> }> {
    const datagram = decodeDatagram(bytes)
    if (datagram instanceof Refusal) return datagram
    const { keyring, clock } = this.#door.runtime.services
    const nowMs = clock.now()
    const found = findDatagramKey(keyring, datagram.keyId, nowMs)
    if (found instanceof Refusal) return found
    if (!found.keys.some((key) => isDatagramSigned(datagram, key))) return new Refusal('AUTHN_TOKEN_INVALID')
    const replay = this.#guard.check(datagram, nowMs)
    return (
      replay ?? { identity: { ...identityOf(found.user), expiresAtMs: found.expiresAtMs }, said: this.#read(datagram) }
    )
  }

  #read({ payload }: UnverifiedDatagram): Outcome<Signed> {
    const text = Buffer.from(payload).toString('utf8')
    const { value } = parseJson(text, { depthMax: this.#door.limits.jsonDepthMax, hasSafeNames: true })
    if (!isJsonObject(value)) return malformed(FORM)
    const { params = {}, message = null, since = null, confirm = null, leave = false } = value
    const isRight = isJsonObject(params) && isTextOrNull(since) && isTextOrNull(confirm) && typeof leave === 'boolean'
    return isRight ? { params, message, since, confirm, leave } : malformed(FORM)
  }

  async #listen(datagram: Datagram, said: Signed, identity: Identity): Promise<void> {
    const { limits, runtime } = this.#door
    const nowMs = runtime.services.clock.now()
    const address = addressOf(datagram, identity)
    const key = this.#keyOf(datagram, said, identity)
    const known = this.#listeners.get(key)
    if (known !== undefined && !known.participant.isOver) {
      known.untilMs = nowMs + limits.datagramListenMs
      return
    }
    if (said.confirm === null || !this.#isConfirmed(said.confirm, address, nowMs)) {
      const confirm = this.#confirmation(address, nowMs)
      datagram.reply(Buffer.from(JSON.stringify({ type: 'confirm', confirm }), 'utf8'))
      return
    }
    await this.#seat(datagram, { key, untilMs: nowMs + limits.datagramListenMs, said, identity })
  }

  async #seat(datagram: Datagram, { key, untilMs, said, identity }: Asking): Promise<void> {
    const outlet = this.#outletTo(datagram)
    const isFull = this.#listeners.size >= this.#door.limits.datagramListenersMax
    const participant = isFull
      ? new Refusal('ROOMS_FULL')
      : await this.#admit(datagram, said, { identity, name: null, isVisit: false })
    if (participant instanceof Refusal) {
      outlet.end(participant)
      return
    }
    // Asked twice at once: the first one has the place.
    if (this.#listeners.get(key)?.participant.isOver === false) return
    this.#listeners.set(key, { participant, untilMs })
    await participant.enter(outlet)
  }

  #argsOf(params: Signed['params']): Readonly<Record<string, unknown>> {
    return { ...params, ...this.#door.args }
  }

  #leave(key: string): void {
    const known = this.#listeners.get(key)
    this.#listeners.delete(key)
    known?.participant.leave('left')
  }

  /** Stands for who listens where, whether there is such a room or not. */
  #keyOf(datagram: Datagram, { params }: Signed, identity: Identity): string {
    const args = this.#argsOf(params)
    const place = this.#door.channel.pathNames.map((name) => String(args[name]))
    return `${addressOf(datagram, identity)} ${JSON.stringify(place)}`
  }

  /** To who sent the datagram; later events go there too. */
  #outletTo({ peer }: Datagram): DatagramOutlet {
    const { channel, limits } = this.#door
    const reply = (bytes: Uint8Array): void => this.#listener.send(bytes, peer.port, peer.address)
    return new DatagramOutlet({ reply }, channel.encodings.udp, limits.datagramBytesMax)
  }

  /** Lets go of those who did not say again that they listen; called every now and then. */
  sweep(nowMs: number): void {
    for (const [key, { participant, untilMs }] of this.#listeners) {
      if (untilMs > nowMs && !participant.isOver) continue
      this.#listeners.delete(key)
      participant.leave('lost')
    }
  }

  // Good for one to two times `CONFIRM_MS`, without a memory of who asked.
  #confirmation(key: string, nowMs: number): string {
    return createHmac('sha256', this.#confirmKey)
      .update(`${Math.floor(nowMs / CONFIRM_MS)} ${key}`)
      .digest('base64url')
      .slice(0, 22)
  }

  #isConfirmed(confirm: string, key: string, nowMs: number): boolean {
    const given = Buffer.from(confirm)
    return [nowMs, nowMs - CONFIRM_MS].some((atMs) => {
      const accepted = Buffer.from(this.#confirmation(key, atMs))
      return accepted.length === given.length && timingSafeEqual(accepted, given)
    })
  }
}

interface Asking {
  readonly key: string
  readonly untilMs: number
  readonly said: Signed
  readonly identity: Identity
}

/** Datagrams to one address: what does not fit into one is not sent. */
class DatagramOutlet implements Outlet {
  readonly encoding: Encoding
  readonly bufferedBytes = 0
  onDrain: (() => void) | null = null
  readonly #to: Pick<Datagram, 'reply'>
  readonly #bytesMax: number

  constructor(to: Pick<Datagram, 'reply'>, encoding: Encoding, bytesMax: number) {
    this.#to = to
    this.encoding = encoding
    this.#bytesMax = bytesMax
  }

  write(bytes: Uint8Array): void {
    if (bytes.length <= this.#bytesMax) this.#to.reply(bytes)
  }

  end(refusal: Refusal): void {
    const bytes = this.encoding.encode({ kind: 'refused', id: null, refusal }, '')
    if (bytes !== null) this.write(bytes)
  }
}

function addressOf({ peer }: Datagram, { user }: Identity): string {
  return `${peer.address} ${peer.port} ${user}`
}

const FORM = 'a datagram holds {"params": {…}, "message": {…}}'
