import { AssertionError } from 'node:assert'
import type { WebSocketEnd } from '../dial/websocket-client.ts'
import type { MemberConnection } from './member-connection.ts'

/** What a member hears, as JSON: `{ type: 'say', offset: 1, from: 'calvin', data: { … } }`. */
export type ChannelEvent = Readonly<Record<string, unknown>>

/** What an event or a line must be: some of its fields, or words that a line holds. */
export type ExpectedEvent = ChannelEvent | RegExp | string

const WAIT_MS = 5000

/** One member of a channel in a test. It fails a test with all that it heard. */
export class TestMember {
  readonly #connection: MemberConnection
  readonly #path: string
  /** Everything heard, in order; lines of plain text as they are. */
  readonly heard: (ChannelEvent | string)[] = []
  #read = 0
  #lastId = 0
  #isOver = false
  #wake: (() => void) | null = null

  constructor(path: string, connection: MemberConnection) {
    this.#path = path
    this.#connection = connection
    void this.#listen()
  }

  /** How the server ended the connection. */
  get ended(): Promise<WebSocketEnd> {
    return this.#connection.ended
  }

  /** Sends a message and does not wait: `member.send('say', { text: 'hello' })`. */
  send(type: string, params: object = {}): Promise<void> {
    return this.#connection.say({ type, params })
  }

  /** Sends a line where the channel speaks plain text, or any other text. */
  write(text: string): Promise<void> {
    return this.#connection.write(text)
  }

  /** Sends a message and gives its answer: `{ type: 'reply', data }` or `{ type: 'refused', status, code }`. */
  async call(type: string, params: object = {}): Promise<ChannelEvent> {
    const id = ++this.#lastId
    await this.#connection.say({ type, params, id })
    const answer = await this.#find(
      (event) => typeof event !== 'string' && event['id'] === id,
      `the answer to "${type}"`,
    )
    return typeof answer === 'string' ? {} : answer
  }

  /** Waits for an event that has these fields, after those expected before; others may come between. */
  async expect(expected: ExpectedEvent): Promise<ChannelEvent | string> {
    const wanted = expected instanceof RegExp ? String(expected) : JSON.stringify(expected)
    const found = await this.#find((event) => holds(event, expected), wanted, this.#read)
    this.#read = this.heard.indexOf(found, this.#read) + 1
    return found
  }

  /** Waits for the end of the connection, with this close code (RFC 6455 section 7.4), or what stands for it. */
  async expectEnd(code: number): Promise<WebSocketEnd> {
    const end = await Promise.race([this.#connection.ended, after(WAIT_MS)])
    if (end === null) this.#fail(`the connection goes on, expected its end with ${code}`)
    if (end.code !== code) this.#fail(`the connection ended with ${end.code} ${end.reason}, expected ${code}`)
    return end
  }

  /** Leaves the room; resolves when the connection has ended. */
  async leave(): Promise<void> {
    this.#connection.close()
    await this.#connection.ended
  }

  async #listen(): Promise<void> {
    for await (const text of this.#connection.messages) {
      this.heard.push(text.startsWith('{') ? (JSON.parse(text) as ChannelEvent) : text) // the server's own JSON
      this.#wake?.()
    }
    this.#isOver = true
    this.#wake?.()
  }

  async #find(
    isIt: (event: ChannelEvent | string) => boolean,
    wanted: string,
    from = 0,
  ): Promise<ChannelEvent | string> {
    const deadline = performance.now() + WAIT_MS
    for (;;) {
      const found = this.heard.slice(from).find(isIt)
      if (found !== undefined) return found
      if (this.#isOver) this.#fail(`the connection ended before ${wanted}`)
      if (performance.now() >= deadline) this.#fail(`it did not hear ${wanted}`)
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), after(50)])
    }
  }

  #fail(problem: string): never {
    const heard = this.heard.map((event) => `  ${typeof event === 'string' ? event : JSON.stringify(event)}`)
    const isPlain = heard.length > 0 && this.heard.every((event) => typeof event === 'string')
    const how = isPlain ? `Heard, as plain text (JSON comes with join(path, { protocols: ['guichet.json'] }))` : 'Heard'
    throw new AssertionError({ message: `${this.#path}: ${problem}\n\n${how}:\n${heard.join('\n')}\n` })
  }
}

function holds(event: ChannelEvent | string, expected: ExpectedEvent): boolean {
  const text = typeof event === 'string' ? event : JSON.stringify(event)
  if (typeof expected === 'string') return text.includes(expected)
  if (expected instanceof RegExp) return expected.test(text)
  return typeof event !== 'string' && hasFields(event, expected)
}

/** True when each field of `expected` is there; objects are looked into, other fields do not matter. */
function hasFields(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected)
  if (typeof actual !== 'object' || actual === null) return false
  return Object.entries(expected).every(([name, value]) => hasFields((actual as ChannelEvent)[name], value)) // any object
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ms).unref()
  })
}
