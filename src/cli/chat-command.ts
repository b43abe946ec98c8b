import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { formatVisible } from '../wire/visible-text.ts'
import { type ChatConnection, type ChatEnd, openChat, PassingError } from './chat-connection.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { readInputLines } from './socket-target.ts'

const help = `guichet chat URL [--name NAME] [--user NAME] [--type TYPE] [--param PARAM] [--retries N]

A terminal client of a chat: what you type goes to the room, what others write is printed. Ctrl-C or Ctrl-D ends it.

  ws://HOST:PORT/PATH    a WebSocket; wss:// with TLS. JSON or plain text, as the server likes
  tcp://HOST:PORT        lines of text; the first one is your name, or your credentials

  --name NAME     your name, where you do not log in; over TCP it is $USER by default
  --user NAME     log in with this name; the password is read from GUICHET_PASSWORD
  --type TYPE     the message that a line becomes where the server speaks JSON: say by default
  --param PARAM   its parameter that takes the text: text by default
  --retries N     how often to try to come back when a WebSocket breaks, after 0.5 s, 1 s, 2 s and so on: 7 by default.
                  Where the server speaks JSON you read all that was said meanwhile

It ends with code 1 when the server ended the chat or cannot be reached.
A token in GUICHET_TOKEN is sent instead of a name and password.

Example:
  guichet chat tcp://127.0.0.1:7000 --name calvin
  GUICHET_PASSWORD=hobbes guichet chat ws://127.0.0.1:3000/rooms/tea --user calvin`

/** `guichet chat`: talk to a room from a terminal. */
export const chatCommand: Command = {
  name: 'chat',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        user: { type: 'string' },
        type: { type: 'string', default: 'say' },
        param: { type: 'string', default: 'text' },
        retries: { type: 'string', default: '7' },
      },
    })
    const url = parseUrl(positionals)
    const options = {
      ...values,
      name: values.name ?? io.environment['USER'] ?? 'guest',
      hasName: values.name !== undefined,
      user: values.user,
      environment: io.environment,
    }
    const chat = new Chat((since) => openChat(url, options, since), parseRetries(values.retries), io)
    return chat.run()
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

function parseRetries(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`"${text}" is no number of retries`)
  return Number(text)
}

const FIRST_DELAY_MS = 500
const DELAY_MS_MAX = 30_000

/** A chat over one connection after the other. */
class Chat {
  readonly #open: (since: string | null) => Promise<ChatConnection>
  readonly #retriesMax: number
  readonly #io: CommandIo
  /** Ends the reading of lines: the person wants to stop, or the chat is over. */
  readonly #over = new AbortController()
  readonly #stop: AbortSignal
  #position: string | null = null
  /** What lines go to; pending while there is no connection. */
  #connection: PromiseWithResolvers<ChatConnection | null> = Promise.withResolvers()

  constructor(open: (since: string | null) => Promise<ChatConnection>, retriesMax: number, io: CommandIo) {
    this.#open = open
    this.#retriesMax = retriesMax
    this.#io = io
    this.#stop = AbortSignal.any([io.signal, this.#over.signal])
  }

  async run(): Promise<number> {
    const { signal, stdin } = this.#io
    const first = await this.#open(null)
    const listening = this.#listen(first)
    for await (const line of readInputLines(stdin, this.#stop)) {
      if (line !== '') await this.#send(line)
    }
    const hasServerEnded = this.#over.signal.aborted && !signal.aborted
    this.#over.abort()
    const last = await Promise.race([this.#connection.promise, Promise.resolve(null)])
    last?.close()
    await listening
    return hasServerEnded ? 1 : 0
  }

  /** Prints what comes, over one connection after the other, until the chat is over. */
  async #listen(first: ChatConnection): Promise<void> {
    let connection: ChatConnection | null = first
    while (connection !== null) {
      this.#connection.resolve(connection)
      for await (const line of connection.messages) this.#io.stdout.write(`${formatVisible(line)}\n`)
      this.#position = connection.position ?? this.#position
      this.#connection = Promise.withResolvers()
      if (this.#stop.aborted) break
      connection = await this.#comeBack(await connection.ended())
    }
    this.#connection.resolve(null)
    this.#over.abort()
  }

  /** A line that was typed while there is no connection waits for the next. */
  async #send(line: string): Promise<void> {
    while (!this.#stop.aborted) {
      const connection = await this.#connection.promise
      if (connection === null) return
      try {
        await connection.send(line)
        return
      } catch {
        // It broke just now: the line goes over the next one, when the listener has seen it too.
        await sleep(10)
      }
    }
  }

  async #comeBack({ words, isPassing }: ChatEnd): Promise<ChatConnection | null> {
    this.#say(words)
    if (!isPassing) return null
    for (let retry = 0; retry < this.#retriesMax; retry++) {
      const delayMs = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** retry)
      this.#say(`Trying again in ${delayMs / 1000} s`)
      // Many clients of a server that restarts must not come at one moment.
      await sleep(delayMs * (0.75 + Math.random() / 2), undefined, { signal: this.#stop }).catch(() => undefined)
      if (this.#stop.aborted) return null
      try {
        const connection = await this.#open(this.#position)
        // Plain text has no positions: then the server says again what it remembers.
        this.#say(this.#position === null ? 'Connected again; you may read the last messages twice' : 'Connected again')
        return connection
      } catch (error) {
        this.#say(error instanceof Error ? error.message : String(error))
        if (!(error instanceof PassingError)) return null
      }
    }
    this.#say(`Giving up after ${this.#retriesMax} ${this.#retriesMax === 1 ? 'retry' : 'retries'}`)
    return null
  }

  #say(words: string): void {
    this.#io.stderr.write(`${words}\n`)
  }
}
