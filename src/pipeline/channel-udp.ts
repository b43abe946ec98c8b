import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Limits } from '../core/limits.ts'
import { Refusal, type MaybePromise, type Outcome } from '../core/refusal.ts'
import { identityOf, type Identity } from '../core/scheme.ts'
import type { Datagram, UdpListener } from '../listen/udp-listener.ts'
import { isJsonObject } from '../params/parsed-body.ts'
import type { Encoding } from '../rooms/encoding.ts'
import type { Outlet } from '../rooms/outlet.ts'
import { decodeDatagram, hasDatagramMark, isDatagramSigned, type UnverifiedDatagram } from '../wire/datagram.ts'
import { findDatagramKey } from '../wire/datagram-key.ts'
import { parseJson } from '../wire/json.ts'
import { ReplayGuard } from '../wire/replay-guard.ts'
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
}

interface Listener {
  readonly participant: Participant
  untilMs: number
}

/** A client that listens says so again within this time. */
const LISTEN_MS = 60_000
const LISTENERS_MAX = 10_000

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
    const participant = await this.#admit(datagram, { params: {}, since: null }, { identity: null, name })
    if (participant instanceof Refusal) return
    participant.visit(new DatagramOutlet(datagram, encoding, limits.datagramReplyBytesMax))
    await participant.receiveLine(Buffer.from(bytes).toString('utf8').trim())
  }

  async #takeSigned(datagram: Datagram): Promise<void> {
    const opened = this.#open(datagram.bytes)
    // Nobody is told why a signature is not accepted: it may be a replay with the address of a victim.
    if (opened instanceof Refusal) return
    const { identity, said } = opened
    const outlet = new DatagramOutlet(datagram, this.#door.channel.encodings.udp, this.#door.limits.datagramBytesMax)
    const participant = said instanceof Refusal ? said : await this.#admitSigned(datagram, said, identity)
    if (participant instanceof Refusal || said instanceof Refusal) {
      if (participant instanceof Refusal) outlet.end(participant)
      return
    }
    if (said.message !== null) {
      participant.visit(outlet)
      await participant.receiveValue(said.message)
    } else await this.#listen(datagram, { participant, said, identity })
  }

  /** A client that listens already renews its time; it needs no new place. */
  #admitSigned(datagram: Datagram, said: Signed, identity: Identity): MaybePromise<Outcome<Participant>> {
    const known = this.#listeners.get(keyOf(datagram, identity))
    if (known !== undefined && !known.participant.isOver && said.message === null) return known.participant
    return this.#admit(datagram, said, { identity, name: null })
  }

  #admit(
    { peer }: Datagram,
    { params, since }: Pick<Signed, 'params' | 'since'>,
    who: Pick<SeatAsked, 'identity' | 'name'>,
  ): Promise<Outcome<Participant>> {
    const { signal } = new AbortController()
    const args = { ...params, ...this.#door.args }
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
    if (!isJsonObject(value)) return malformed()
    const { params = {}, message = null, since = null, confirm = null } = value
    const isRight = isJsonObject(params) && isTextOrNull(since) && isTextOrNull(confirm)
    return isRight ? { params, message, since, confirm } : malformed()
  }

  async #listen(datagram: Datagram, { participant, said, identity }: Asking): Promise<void> {
    const key = keyOf(datagram, identity)
    const nowMs = this.#door.runtime.services.clock.now()
    const known = this.#listeners.get(key)
    if (known !== undefined && known.participant === participant) {
      known.untilMs = nowMs + LISTEN_MS
      return
    }
    const confirm = this.#confirmation(key, nowMs)
    if (said.confirm === null || !this.#isConfirmed(said.confirm, key, nowMs)) {
      datagram.reply(Buffer.from(JSON.stringify({ type: 'confirm', confirm }), 'utf8'))
      return
    }
    if (this.#listeners.size >= LISTENERS_MAX) return
    this.#listeners.set(key, { participant, untilMs: nowMs + LISTEN_MS })
    const { peer } = datagram
    const send = (bytes: Uint8Array): void => this.#listener.send(bytes, peer.port, peer.address)
    await participant.enter(
      new DatagramOutlet({ reply: send }, this.#door.channel.encodings.udp, this.#door.limits.datagramBytesMax),
    )
  }

  /** Lets go of those who did not say again that they listen; called every now and then. */
  sweep(nowMs: number): void {
    for (const [key, { participant, untilMs }] of this.#listeners) {
      if (untilMs > nowMs && !participant.isOver) continue
      this.#listeners.delete(key)
      participant.leave('lost')
    }
  }

  // Good for one to two minutes, without a memory of who asked.
  #confirmation(key: string, nowMs: number): string {
    return createHmac('sha256', this.#confirmKey)
      .update(`${Math.floor(nowMs / LISTEN_MS)} ${key}`)
      .digest('base64url')
      .slice(0, 22)
  }

  #isConfirmed(confirm: string, key: string, nowMs: number): boolean {
    const accepted = [this.#confirmation(key, nowMs), this.#confirmation(key, nowMs - LISTEN_MS)]
    return accepted.some(
      (one) =>
        one.length === confirm.length &&
        timingSafeEqual(Buffer.from(one), Buffer.from(confirm.padEnd(22).slice(0, 22))),
    )
  }
}

interface Asking {
  readonly participant: Participant
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

function keyOf({ peer }: Datagram, { user }: Identity): string {
  return `${peer.address} ${peer.port} ${user}`
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function malformed(): Refusal {
  return new Refusal('ROOMS_BAD_MESSAGE', { message: 'a datagram holds {"params": {…}, "message": {…}}' })
}
