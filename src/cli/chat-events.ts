/** What a terminal shows of the JSON of a channel. */

type Event = Readonly<Record<string, unknown>>

/** Lines for a person; knows where the reader is in the room, so that it can come back there. */
export class EventFormatter {
  #epoch: string | null = null
  #offset = 0

  /** For `?since=`; null before the first event. */
  get position(): string | null {
    return this.#epoch === null ? null : `${this.#epoch}:${this.#offset}`
  }

  async *lines(messages: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const text of messages) {
      const event = parseEvent(text)
      if (event !== null) this.#note(event)
      // Not of the channel: shown as it is.
      const line = event === null ? text : formatEvent(event)
      if (line !== null) yield line
    }
  }

  #note(event: Event): void {
    if (event['type'] === 'joined') {
      const [, epoch = '', offset = '0'] = /^(.*):(\d+)$/.exec(String(event['position'])) ?? []
      this.#epoch = epoch
      this.#offset = Number(offset)
    } else if (typeof event['offset'] === 'number') this.#offset = event['offset']
  }
}

function parseEvent(text: string): Event | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Event) : null // JSON has no other objects
  } catch {
    return null // A server that speaks no JSON: its text is shown.
  }
}

function formatEvent(event: Event): string | null {
  switch (event['type']) {
    case 'joined':
      return formatWelcome(event)
    case 'presence':
      return `* ${nameOf(event)} ${String(event['change'])}`
    case 'refused':
      return `! ${String(event['detail'])}`
    case 'reply':
      return event['data'] === null ? null : `= ${JSON.stringify(event['data'])}`
    default:
      return `${nameOf(event)}: ${formatData(event['data'])}`
  }
}

/** A guest is marked, so that no guest can pass for a user; null is the server itself. */
function nameOf({ from, user }: Event): string {
  if (typeof from !== 'string') return '*'
  return user === null ? `~${from}` : from
}

/** Says who the reader is: a server that took no credentials has let in a guest. */
function formatWelcome(event: Event): string {
  const { present, recovered } = event
  const back =
    recovered === true
      ? ['back again, all that was said meanwhile follows']
      : recovered === false
        ? ['back again, what was said meanwhile cannot be recovered']
        : []
  const here = Array.isArray(present) ? [`here: ${present.map((who: Event) => nameOf(who)).join(', ')}`] : []
  return `* ${[...back, `you are ${nameOf(event)}`, ...here].join('; ')}`
}

/** A message of one text is that text. */
function formatData(data: unknown): string {
  const values = typeof data === 'object' && data !== null ? Object.values(data) : [data]
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : JSON.stringify(data)
}
