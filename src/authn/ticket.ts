import { createHash, randomBytes } from 'node:crypto'
import type { Call } from '../core/call.ts'
import { Refusal } from '../core/refusal.ts'
import { identityOf, type Identity, type Recognition, type Scheme } from '../core/scheme.ts'
import type { Services } from '../core/services.ts'
import type { Uncallable } from './lookup.ts'
import { perBoot } from './per-boot.ts'
import { orUnavailable } from './or-unavailable.ts'

export interface TicketOptions {
  /** 30 seconds by default. */
  readonly lifetimeMs?: number
}

/** A scheme that also makes its tickets. */
export interface TicketScheme extends Scheme<unknown>, Uncallable {
  /**
   * A ticket that lets `user` join one channel once: 256 random bits. With the identity of the call that takes it
   * (`call.identity`), what was opened with it ends when those credentials do. Throws a `Refusal` (503) when the store
   * is away.
   */
  create(user: string, from?: Identity | null): Promise<string>
}

const TICKET = /(?:^|&)ticket=([A-Za-z0-9_-]{43})(?:&|$)/
const LIFETIME_MS = 30_000

/**
 * Tickets for channels: a browser cannot send a header with a WebSocket or an event stream, so a page takes a ticket by
 * a call that knows the user, and opens `…?ticket=…`. Each serves once and for a short time, since addresses are logged.
 */
export function ticket({ lifetimeMs = LIFETIME_MS }: TicketOptions = {}): TicketScheme {
  return perBoot(() => createTickets(lifetimeMs))
}

function createTickets(lifetimeMs: number): Scheme<unknown> & Pick<TicketScheme, 'create'> {
  let services: Services | null = null
  const store = (): Services['store'] => {
    if (services === null) throw new Error('Cannot use tickets: the scheme is not one of an app')
    return services.store
  }
  const recognize = async (text: string): Promise<Recognition> => {
    const kept = await orUnavailable(() => store().getAndDelete(keyOf(text)))
    if (kept instanceof Refusal) return kept
    const found = kept === null ? null : parseTicket(kept)
    if (found === null) return new Refusal('AUTHN_TOKEN_REUSED', { reason: 'the ticket is unknown, used or too old' })
    return { ...identityOf(found.user), expiresAtMs: found.expiresAtMs }
  }
  return {
    name: 'ticket',
    reads: 'head',
    isAmbient: false,
    sharedState: 'tickets',
    challenge: () => null,
    prepare: (boot) => {
      services = boot.services
      return lifetimeMs >= 1000 && lifetimeMs <= 600_000
        ? []
        : [
            {
              problem: 'the lifetime of a ticket is short',
              current: `${lifetimeMs} ms`,
              wanted: '1 second to 10 minutes',
            },
          ]
    },
    describe: () => ({ ticket: { type: 'apiKey', in: 'query', name: 'ticket' } }),
    recognize: (call) => {
      const text = isForChannel(call) ? TICKET.exec(call.received.query)?.[1] : undefined
      return text === undefined ? null : recognize(text)
    },
    create: async (user, from = null) => {
      const text = randomBytes(32).toString('base64url')
      const outcome = await orUnavailable(() =>
        store().set(keyOf(text), formatTicket(user, from?.expiresAtMs ?? null), lifetimeMs),
      )
      if (outcome instanceof Refusal) throw outcome
      return text
    },
  }
}

// Elsewhere a ticket is a parameter like any other: it is not used up by mistake.
function isForChannel(call: Call): boolean {
  const accept = call.header('accept') ?? ''
  return call.header('upgrade')?.toLowerCase() === 'websocket' || accept.includes('text/event-stream')
}

function formatTicket(user: string, expiresAtMs: number | null): string {
  return `${expiresAtMs ?? ''} ${user}`
}

/** Null on a text that we did not write. */
function parseTicket(text: string): { readonly user: string; readonly expiresAtMs: number | null } | null {
  const match = /^(\d*(?:\.\d+)?) ([^]+)$/.exec(text)
  if (match === null) return null
  const [, limit = '', user = ''] = match
  return { user, expiresAtMs: limit === '' ? null : Number(limit) }
}

// Who reads the store cannot use what is in it.
function keyOf(text: string): string {
  return `authn:ticket:${createHash('sha256').update(text).digest('base64url')}`
}
