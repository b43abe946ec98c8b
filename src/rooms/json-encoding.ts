import { encodeStreamEvent } from '../wire/event-stream.ts'
import { encodePrefixed } from '../wire/length-prefix.ts'
import { encodeTextFrame } from '../wire/websocket-frame.ts'
import type { Encoding } from './encoding.ts'
import type { MemberEvent, Occupant, RoomMessage, Welcome } from './room-event.ts'

/** JSON in text frames of a WebSocket. */
export const websocketJson: Encoding = {
  name: 'websocket-json',
  encode: (event) => encodeTextFrame(formatJson(event)),
}

/** JSON after its length in bytes, on TCP. */
export const lengthPrefixJson: Encoding = {
  name: 'tcp-json',
  encode: (event) => encodePrefixed(Buffer.from(formatJson(event), 'utf8')),
}

/** JSON in one datagram. */
export const datagramJson: Encoding = {
  name: 'udp-json',
  encode: (event) => Buffer.from(formatJson(event), 'utf8'),
}

/** JSON as server-sent events; the id is the position from which a browser resumes. */
export const eventStreamJson: Encoding = {
  name: 'sse-json',
  encode: (event, epoch) =>
    encodeStreamEvent({
      id: positionOf(event, epoch),
      event: null,
      data: formatJson(event),
    }),
}

/** Position as a client gives it back: `epoch:offset`. */
export function formatPosition(epoch: string, offset: number): string {
  return `${epoch}:${offset}`
}

/** Null when the text is no position. */
export function parsePosition(text: string): { readonly epoch: string; readonly offset: number } | null {
  const match = /^([\w-]{1,64}):(0|[1-9]\d{0,14})$/.exec(text)
  return match === null ? null : { epoch: match[1] ?? '', offset: Number(match[2]) }
}

function positionOf(event: MemberEvent, epoch: string): string | null {
  if (event.kind === 'message') return formatPosition(epoch, event.offset)
  return event.kind === 'joined' ? formatPosition(event.position.epoch, event.position.offset) : null
}

/** The JSON text of an event, as clients read it. */
export function formatJson(event: MemberEvent): string {
  switch (event.kind) {
    case 'message':
      return formatMessage(event)
    case 'presence':
      return JSON.stringify({ type: 'presence', change: event.change, ...publicOccupant(event.who) })
    case 'joined':
      return formatWelcome(event)
    case 'reply':
      return `{"type":"reply","id":${JSON.stringify(event.id)},"data":${event.dataJson}}`
    case 'refused':
      return JSON.stringify({
        type: 'refused',
        id: event.id,
        status: event.refusal.status,
        code: event.refusal.code,
        detail: event.refusal.message,
        ...(event.refusal.errors.length === 0 ? {} : { errors: event.refusal.errors }),
      })
  }
}

function formatMessage({ type, offset, atMs, author, dataJson }: RoomMessage): string {
  const at = new Date(atMs).toISOString()
  const from = author === null ? '"from":null,"user":null' : JSON.stringify(publicOccupant(author)).slice(1, -1)
  return `{"type":${JSON.stringify(type)},"offset":${offset},"at":"${at}",${from},"data":${dataJson}}`
}

function formatWelcome({ room, you, position, recovered, present }: Welcome): string {
  return JSON.stringify({
    type: 'joined',
    room,
    ...publicOccupant(you),
    position: formatPosition(position.epoch, position.offset),
    recovered,
    ...(present === null ? {} : { present: present.map(publicOccupant) }),
  })
}

function publicOccupant({ user, name }: Occupant): { readonly from: string; readonly user: string | null } {
  return { from: name, user }
}
