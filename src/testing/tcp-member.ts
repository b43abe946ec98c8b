import { createTcpClient, type TcpClient } from '../dial/tcp-client.ts'
import { lengthPrefixedJson } from '../wire/length-prefix.ts'
import { lines } from '../wire/lines.ts'
import { EndWatch, JoinRefusedError, type MemberConnection, MessageQueue } from './member-connection.ts'
import type { SocketPlaceFound } from './socket-places.ts'

/** What a member says of itself when it comes. */
export interface Greeting {
  /** As in the header of that name; null: none. */
  readonly authorization: string | null
  readonly name: string | null
  readonly since: string | null
}

/** Joins a channel over TCP, in lines of text or in JSON, as its socket speaks. */
export function openTcp(place: SocketPlaceFound, greeting: Greeting): Promise<MemberConnection> {
  return place.framing === 'lines' ? openLines(place, greeting) : openJson(place, greeting)
}

function targetOf({ url }: SocketPlaceFound) {
  // The certificate of a test is its own.
  const tls = url.protocol === 'tls:' ? { tls: { rejectUnauthorized: false } } : {}
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port), ...tls }
}

async function openLines(place: SocketPlaceFound, { authorization, name }: Greeting): Promise<MemberConnection> {
  const client = await createTcpClient({ ...targetOf(place), framing: lines })
  await client.send(authorization ?? name ?? '')
  return {
    ...listen(client, (line) => line),
    say: () => Promise.reject(new TypeError('Cannot send a message in lines of text: use write()')),
    write: (text) => client.send(text),
  }
}

async function openJson(place: SocketPlaceFound, greeting: Greeting): Promise<MemberConnection> {
  const { params, services } = place
  const framing = lengthPrefixedJson(services.limits.jsonDepthMax)
  const client = await createTcpClient({ ...targetOf(place), framing })
  await client.send({ params, ...greeting })
  const first = (await client.messages.next()).value as Readonly<Record<string, unknown>> | undefined // the server's own
  if (first === undefined || first['type'] === 'refused') {
    client.close()
    throw new JoinRefusedError(Number(first?.['status'] ?? 0), JSON.stringify(first ?? null))
  }
  return {
    ...listen(client, (value) => JSON.stringify(value), JSON.stringify(first)),
    say: (message) => client.send(message),
    write: () => Promise.reject(new TypeError('Cannot write a line where the socket speaks JSON: use send()')),
  }
}

function listen<Message>(
  client: TcpClient<Message>,
  textOf: (message: Message) => string,
  first: string | null = null,
): Pick<MemberConnection, 'close' | 'ended' | 'messages'> {
  const [watch, queue] = [new EndWatch(), new MessageQueue()]
  let isClosed = false
  if (first !== null) queue.push(first)
  const pump = async (): Promise<void> => {
    try {
      for await (const message of client.messages) {
        const text = textOf(message)
        watch.note(text)
        queue.push(text)
      }
    } catch {
      // A connection that broke has ended too.
    }
    client.close()
    queue.end()
    watch.end(isClosed)
  }
  void pump()
  const close = (): void => {
    isClosed = true
    client.end()
  }
  return { messages: queue, ended: watch.ended, close }
}
