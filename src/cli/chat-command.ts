import { parseArgs } from 'node:util'
import { createTcpClient } from '../dial/tcp-client.ts'
import { createWebSocketClient, WebSocketRefusedError } from '../dial/websocket-client.ts'
import { lines } from '../wire/lines.ts'
import { formatVisible } from '../wire/visible-text.ts'
import { type Command, type CommandIo, CommandError, UsageError } from './command.ts'
import { explainDialError, readInputLines } from './socket-target.ts'

const help = `guichet chat URL [--name NAME] [--user NAME] [--type TYPE] [--param PARAM]

A terminal client of a chat: what you type goes to the room, what others write is printed. Ctrl-C or Ctrl-D ends it.

  ws://HOST:PORT/PATH    a WebSocket; wss:// with TLS. JSON or plain text, as the server likes
  tcp://HOST:PORT        lines of text; the first one is your name

  --name NAME     your name in a chat over TCP; $USER by default
  --user NAME     log in with this name; the password is read from GUICHET_PASSWORD
  --type TYPE     the message that a line becomes where the server speaks JSON: say by default
  --param PARAM   its parameter that takes the text: text by default

A token in GUICHET_TOKEN is sent instead of a name and password.

Example:
  guichet chat tcp://127.0.0.1:7000 --name calvin
  GUICHET_PASSWORD=hobbes guichet chat ws://127.0.0.1:3000/rooms/tea --user calvin`

interface Chat {
  readonly messages: AsyncIterable<string>
  send(line: string): Promise<void>
  close(): void
  /** Why it ended, where there is something to say. */
  reason(): Promise<string>
}

interface ChatOptions {
  readonly name: string
  readonly user: string | undefined
  readonly type: string
  readonly param: string
  readonly environment: CommandIo['environment']
}

/** `guichet chat`: talk to a room from a terminal. */
export const chatCommand: Command = {
  name: 'chat',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string', default: io.environment['USER'] ?? 'guest' },
        user: { type: 'string' },
        type: { type: 'string', default: 'say' },
        param: { type: 'string', default: 'text' },
      },
    })
    const url = parseUrl(positionals)
    const options = { ...values, user: values.user, environment: io.environment }
    const chat = url.protocol === 'tcp:' ? await openTcp(url, options) : await openWebSocket(url, options)
    return talk(chat, io)
  },
}

function parseUrl(positionals: readonly string[]): URL {
  const [text, ...more] = positionals
  const url = text === undefined || more.length > 0 ? null : URL.parse(text)
  if (url === null || !['ws:', 'wss:', 'tcp:'].includes(url.protocol) || (url.protocol === 'tcp:' && url.port === '')) {
    throw new UsageError('guichet chat takes one URL: ws://HOST:PORT/PATH, wss://HOST/PATH or tcp://HOST:PORT')
  }
  return url
}

async function talk(chat: Chat, io: CommandIo): Promise<number> {
  const controller = new AbortController()
  const signal = AbortSignal.any([io.signal, controller.signal])
  const listening = listen(chat, io).finally(() => controller.abort())
  for await (const line of readInputLines(io.stdin, signal)) {
    if (line !== '') await chat.send(line)
  }
  const hasServerEnded = controller.signal.aborted && !io.signal.aborted
  chat.close()
  await listening
  if (!hasServerEnded) return 0
  const reason = await chat.reason()
  io.stderr.write(`The server ended the chat${reason === '' ? '' : `: ${formatVisible(reason)}`}\n`)
  return 1
}

async function listen(chat: Chat, io: CommandIo): Promise<void> {
  try {
    for await (const line of chat.messages) io.stdout.write(`${formatVisible(line)}\n`)
  } catch {
    // The connection broke: the end of the messages says so.
  }
}

async function openTcp(url: URL, { name }: ChatOptions): Promise<Chat> {
  const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
  try {
    const client = await createTcpClient({ ...target, framing: lines })
    await client.send(name)
    return { ...client, messages: client.messages, reason: () => Promise.resolve('') }
  } catch (error) {
    throw explainDialError(error, target)
  }
}

async function openWebSocket(url: URL, options: ChatOptions): Promise<Chat> {
  const headers = credentialsOf(options)
  const protocols = ['guichet.text', 'guichet.json']
  try {
    const client = await createWebSocketClient(url.href, { headers, protocols })
    const isJson = client.protocol === 'guichet.json'
    return {
      messages: isJson ? formatEvents(client.messages) : client.messages,
      send: (line) =>
        client.send(isJson ? JSON.stringify({ type: options.type, params: { [options.param]: line } }) : line),
      close: () => client.close(),
      reason: async () => (await client.ended).reason,
    }
  } catch (error) {
    if (error instanceof WebSocketRefusedError)
      throw new CommandError(`${error.message}: ${formatVisible(detailOf(error.body))}`)
    const port = Number(url.port) || (url.protocol === 'wss:' ? 443 : 80)
    throw explainDialError(error, { host: url.hostname, port })
  }
}

function credentialsOf({ user, environment }: ChatOptions): Record<string, string> {
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

async function* formatEvents(messages: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const text of messages) {
    const line = formatEvent(JSON.parse(text) as Readonly<Record<string, unknown>>) // the server's own JSON
    if (line !== null) yield line
  }
}

function formatEvent(event: Readonly<Record<string, unknown>>): string | null {
  const from = event['user'] === null ? `~${String(event['from'])}` : String(event['from'])
  switch (event['type']) {
    case 'joined':
      return formatWelcome(event)
    case 'presence':
      return `* ${from} ${String(event['change'])}`
    case 'refused':
      return `! ${String(event['detail'])}`
    case 'reply':
      return `= ${JSON.stringify(event['data'])}`
    default:
      return `${from}: ${formatData(event['data'])}`
  }
}

function formatWelcome({ present }: Readonly<Record<string, unknown>>): string | null {
  if (!Array.isArray(present)) return null
  const names = present.map((who: { readonly from: string; readonly user: string | null }) =>
    who.user === null ? `~${who.from}` : who.from,
  )
  return `* here: ${names.join(', ')}`
}

/** A message of one text is that text. */
function formatData(data: unknown): string {
  const values = typeof data === 'object' && data !== null ? Object.values(data) : [data]
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : JSON.stringify(data)
}
