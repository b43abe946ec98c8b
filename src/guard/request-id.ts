import type { Received } from '../core/received.ts'

/** Long enough to be unique, short enough for a log, and nothing that could start another line or field in one. */
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._:+/=@-]{7,127}$/

/**
 * The id that a trusted proxy has already given to the call (`X-Request-Id`); null where the peer is no listed proxy or
 * the id is not 8 to 128 plain characters: then the app makes its own. An id of a stranger could imitate another call.
 */
export function readRequestId(received: Received): string | null {
  // A message of a channel has an id of its own, whatever the head of its connection says.
  if (received.transport !== 'http' || received.peer.isProxied !== true) return null
  const id = received.header('x-request-id')
  return id !== undefined && WELL_FORMED.test(id) ? id : null
}
