import { JoinRefusedError, EndWatch, type MemberConnection, MessageQueue, parseObject } from './member-connection.ts'
import type { TestTransport } from './transport.ts'

export interface EventPlace {
  readonly transport: TestTransport
  /** Path and query. */
  readonly target: string
  /** Name, value, name, value; names lower-case. */
  readonly headers: readonly string[]
}

/** Joins a channel as a stream of events (HTML Living Standard, section 9.2); what the member says is posted. */
export async function openEvents(place: EventPlace): Promise<MemberConnection> {
  const { transport, target, headers } = place
  const controller = new AbortController()
  const request = { method: 'GET', target, headers: [...headers, 'accept', 'text/event-stream'], body: null }
  const { status, body } = await transport.stream(request, controller.signal)
  if (status !== 200) throw new JoinRefusedError(status, await readAll(body))
  const [watch, queue] = [new EndWatch(), new MessageQueue()]
  void pump(body, { watch, queue, isClosed: () => controller.signal.aborted })
  return {
    messages: queue,
    ended: watch.ended,
    say: async ({ type, params, id }) => {
      const answer = await post(place, type, params)
      if (id !== undefined) queue.push(JSON.stringify({ ...answer, id }))
      else if (answer['type'] === 'refused') queue.push(JSON.stringify({ ...answer, id: null }))
    },
    write: () => Promise.reject(new TypeError('Cannot write a line to an event stream: use send()')),
    close: () => controller.abort(),
  }
}

interface Pump {
  readonly watch: EndWatch
  readonly queue: MessageQueue
  readonly isClosed: () => boolean
}

async function pump(body: AsyncIterable<Uint8Array>, { watch, queue, isClosed }: Pump): Promise<void> {
  try {
    for await (const data of readEvents(body)) {
      watch.note(data)
      queue.push(data)
    }
  } catch {
    // A stream that is taken away ends too.
  }
  queue.end()
  watch.end(isClosed())
}

async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of body) {
    const events = (text + decoder.decode(bytes, { stream: true })).split('\n\n')
    text = events.pop() ?? ''
    yield* events.map(dataOf).filter((data) => data !== '')
  }
}

function dataOf(event: string): string {
  const lines = event.split('\n').filter((line) => line.startsWith('data: '))
  return lines.map((line) => line.slice('data: '.length)).join('\n')
}

/** The answer to a message, in the words of the other transports. */
async function post({ transport, target, headers }: EventPlace, type: string, params: object) {
  const [path = ''] = target.split('?')
  const reply = await transport.send({
    method: 'POST',
    target: `${path === '/' ? '' : path}/${type}`,
    headers: [...headers, 'content-type', 'application/json'],
    body: Buffer.from(JSON.stringify(params)),
  })
  const { code, detail } = parseObject(reply.text) ?? {}
  if (reply.status >= 400) return { type: 'refused', status: reply.status, code, detail }
  const isJson = reply.header('content-type')?.startsWith('application/json') === true
  return { type: 'reply', data: isJson ? reply.json : reply.text === '' ? null : reply.text }
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
