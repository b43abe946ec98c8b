import { joinLines, lines } from '../wire/lines.ts'
import { formatVisible } from '../wire/visible-text.ts'
import { encodeTextFrame } from '../wire/websocket-frame.ts'
import type { Encoding } from './encoding.ts'
import type { MemberEvent, Occupant, PresenceChange, RoomMessage } from './room-event.ts'

/** A message as a plain-text client reads it. */
export interface TextMessage {
  readonly type: string
  readonly data: unknown
  /** What others see of the author: a login, or `~name` for a guest, so that no guest can pass for a user. */
  readonly from: string
}

/** How a channel reads to clients that know nothing of JSON. Null: they do not hear of it. */
export interface TextFormat {
  readonly message: (message: TextMessage) => string | null
  /** Absent: presence is not told in text. */
  readonly presence?: (change: 'joined' | 'left', from: string) => string | null
}

/** Text in frames of a WebSocket. */
export function websocketText(format: TextFormat): Encoding {
  return textEncoding('websocket-text', format, encodeTextFrame)
}

/** Lines of text on TCP. They are read in terminals, which a stranger's text must not drive. */
export function lineText(format: TextFormat): Encoding {
  return textEncoding('tcp-lines', format, (text) => lines.encode(formatVisible(joinLines(text))))
}

/** Text in one datagram. */
export function datagramText(format: TextFormat): Encoding {
  return textEncoding('udp-text', format, (text) => Buffer.from(text, 'utf8'))
}

/** What plain text shows of an occupant: a guest is marked. */
function formatOccupant({ user, name }: Occupant): string {
  return user === null ? `~${name}` : name
}

function textEncoding(name: string, format: TextFormat, toBytes: (text: string) => Uint8Array): Encoding {
  return {
    name,
    encode(event) {
      const text = formatText(event, format)
      return text === null ? null : toBytes(text)
    },
  }
}

function formatText(event: MemberEvent, format: TextFormat): string | null {
  switch (event.kind) {
    case 'message':
      return formatMessage(event, format)
    case 'presence':
      return formatPresence(event, format)
    case 'reply':
      return formatReply(JSON.parse(event.dataJson))
    case 'refused':
      return `! ${event.refusal.message}`
    case 'joined':
      return null
  }
}

function formatMessage({ type, dataJson, author }: RoomMessage, format: TextFormat): string | null {
  const data: unknown = JSON.parse(dataJson)
  return format.message({ type, data, from: author === null ? '*' : formatOccupant(author) })
}

function formatPresence({ change, who }: PresenceChange, format: TextFormat): string | null {
  return format.presence?.(change, formatOccupant(who)) ?? null
}

function formatReply(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}
