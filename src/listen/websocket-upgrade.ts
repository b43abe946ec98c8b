import { isOwnOrigin } from '../core/own-origin.ts'
import type { Received } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import { TOKEN } from '../core/reply.ts'

const KEY = /^[+/0-9A-Za-z]{22}==$/

/** True when the call asks to become a WebSocket (RFC 6455 section 4.2.1). */
export function isWebSocketUpgrade(received: Received): boolean {
  return received.header('upgrade')?.toLowerCase() === 'websocket'
}

/** What is wrong with a request to become a WebSocket; null when nothing is. Asked before anything is answered. */
export function checkUpgrade(received: Received): Refusal | null {
  const connection = (received.header('connection') ?? '').toLowerCase().split(',')
  if (received.header('sec-websocket-version') !== '13') {
    return new Refusal('LISTEN_UPGRADE', { headers: ['sec-websocket-version', '13', 'upgrade', 'websocket'] })
  }
  const isRight =
    // HTTP/1.0 has no upgrades (RFC 9110 section 7.8), and behind a body the frames would have no place to begin.
    received.upgrade !== undefined &&
    received.method === 'GET' &&
    connection.some((word) => word.trim() === 'upgrade') &&
    KEY.test(received.header('sec-websocket-key') ?? '') &&
    parseProtocols(received) !== null
  return isRight
    ? null
    : new Refusal('LISTEN_BAD_REQUEST', { reason: 'not a WebSocket handshake (RFC 6455 section 4.2.1)' })
}

/** The sub-protocols that the client offers, the preferred first; null when the list is malformed. */
export function parseProtocols(received: Received): readonly string[] | null {
  const header = received.header('sec-websocket-protocol')
  if (header === undefined) return []
  const names = header.split(',').map((name) => name.trim())
  return names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length ? names : null
}

/**
 * A page of another site can open a WebSocket with the visitor's cookies, and browsers do not stop it: only the
 * `Origin` that they send tells (RFC 6455 section 10.2). Allowed are no origin at all (not a browser), our own, and
 * those that `isAllowed` knows.
 */
export function checkOrigin(received: Received, isAllowed: (origin: string) => boolean): Refusal | null {
  const origin = received.header('origin')
  if (origin === undefined || isAllowed(origin) || isOwnOrigin(received, origin)) return null
  return new Refusal('GUARD_CORS', { reason: `the WebSocket was opened by a page of ${origin}` })
}
