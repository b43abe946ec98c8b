import { createTcpClient } from '../dial/tcp-client.ts'
import { createWebSocketClient, type WebSocketEnd, WebSocketRefusedError } from '../dial/websocket-client.ts'
import { lines } from '../wire/lines.ts'
import { formatVisible } from '../wire/visible-text.ts'
import { EventFormatter } from './chat-events.ts'
import { type CommandIo, CommandError, UsageError } from './command.ts'
import { explainDialError } from './socket-target.ts'

export interface ChatEnd {
  /** What happened, in words. */
  readonly words: string
  /** True where coming back makes sense: the server restarts, the network broke. */
  readonly isPassing: boolean
}

/** One connection to a chat. */
export interface ChatConnection {
  /** What others say; ends with the connection. */
  readonly messages: AsyncIterable<string>
  /** Where the reader is; null where the server does not say. */
  readonly position: string | null
  send(line: string): Promise<void>
  close(): void
  ended(): Promise<ChatEnd>
}

export interface ChatOptions {
  readonly name: string
  /** True when the person chose the name. */
  readonly hasName: boolean
  readonly user: string | undefined
  readonly type: string
  readonly param: string
  readonly environment: CommandIo['environment']
}

/** The server cannot be reached now, and may be a moment later. */
export class PassingError extends CommandError {}

/** A server that does not close its side is left. */
const CLOSE_MS_MAX = 2000

/** `since` is a position of an earlier connection. */
export function openChat(url: URL, options: ChatOptions, since: string | null): Promise<ChatConnection> {
  return url.protocol === 'tcp:' ? openTcp(url, options) : openWebSocket(url, options, since)
}

async function openTcp(url: URL, options: ChatOptions): Promise<ChatConnection> {
  // The first line is a name, or credentials as in the header.
  const { authorization = options.name } = credentialsOf(options)
  const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
  try {
    const client = await createTcpClient({ ...target, framing: lines })
    await client.send(authorization)
    const breaks = Promise.withResolvers<ChatEnd>()
    return {
      messages: untilBroken(client.messages, breaks.resolve),
      position: null,
      send: (line) => client.send(line),
      // Closed at once, it would be reset while something waits to be read: then the system drops what was typed last.
      close: () => {
        client.end()
        setTimeout(() => client.close(), CLOSE_MS_MAX).unref()
      },
      ended: () => breaks.promise,
    }
  } catch (error) {
    throw explainDialError(error, target)
  }
}

// Lines have no place: who came back would read the same again. So the end is told, and is the end.
async function* untilBroken(messages: AsyncIterable<string>, tell: (end: ChatEnd) => void): AsyncGenerator<string> {
  try {
    yield* messages
    tell({ words: 'The server ended the chat', isPassing: false })
  } catch (error) {
    tell({ words: `The connection broke: ${error instanceof Error ? error.message : String(error)}`, isPassing: false })
  }
}

async function openWebSocket(url: URL, options: ChatOptions, since: string | null): Promise<ChatConnection> {
  const headers = credentialsOf(options)
  const address = new URL(url)
  if (options.hasName) address.searchParams.set('name', options.name)
  if (since !== null) address.searchParams.set('since', since)
  try {
    const client = await createWebSocketClient(address.href, { headers, protocols: ['guichet.text', 'guichet.json'] })
    const isJson = client.protocol === 'guichet.json'
    const formatter = new EventFormatter()
    return {
      messages: isJson ? formatter.lines(client.messages) : client.messages,
      get position() {
        return formatter.position
      },
      send: (line) =>
        client.send(isJson ? JSON.stringify({ type: options.type, params: { [options.param]: line } }) : line),
      close: () => client.close(),
      ended: async () => describeEnd(await client.ended),
    }
  } catch (error) {
    throw explainRefused(error, url)
  }
}

function explainRefused(error: unknown, url: URL): CommandError {
  if (error instanceof WebSocketRefusedError) {
    const words = `${error.message}: ${formatVisible(detailOf(error.body))}`
    return error.status === 429 || error.status >= 500 ? new PassingError(words) : new CommandError(words)
  }
  const port = Number(url.port) || (url.protocol === 'wss:' ? 443 : 80)
  return new PassingError(explainDialError(error, { host: url.hostname, port }).message)
}

/** Codes of RFC 6455 section 7.4.1 and of docs/reference/refusals.md after which a new connection may be welcome. */
const PASSING: ReadonlySet<number> = new Set([1001, 1006, 1011, 1012, 1013, 4410, 4508])

function describeEnd({ code, reason }: WebSocketEnd): ChatEnd {
  const words = code === 1006 ? 'The connection is lost' : 'The server ended the chat'
  return {
    words: reason === '' ? words : `${words}: ${formatVisible(reason)} (${code})`,
    isPassing: PASSING.has(code),
  }
}

function credentialsOf({ user, environment }: ChatOptions): Record<string, string> & { authorization?: string } {
  const token = environment['GUICHET_TOKEN']
  if (user === undefined) return token === undefined ? {} : { authorization: `Bearer ${token}` }
  const password = environment['GUICHET_PASSWORD']
  if (password === undefined) throw new UsageError('--user needs the password in GUICHET_PASSWORD')
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` }
}

/** The words of a refusal, in whatever form the server gives them. */
function detailOf(body: string): string {
  try {
    const { detail, error, title } = JSON.parse(body) as Readonly<Record<string, unknown>> // an object, or it throws
    const words = detail ?? error ?? title
    return typeof words === 'string' ? words : body
  } catch {
    return body.trim()
  }
}
