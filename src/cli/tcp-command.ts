import { parseArgs } from 'node:util'
import { createTcpClient, type TcpClient } from '../dial/tcp-client.ts'
import type { StreamConnection } from '../listen/stream-connection.ts'
import { createTcpListener } from '../listen/tcp-listener.ts'
import { Refusal } from '../core/refusal.ts'
import { lines } from '../wire/lines.ts'
import { formatVisible } from '../wire/visible-text.ts'
import { type Command, type CommandIo, CommandError, untilAborted, UsageError } from './command.ts'
import { explainDialError, parseMilliseconds, parsePort, readInputLines } from './socket-target.ts'

const help = `guichet tcp listen PORT [--host HOST] [--talk]
guichet tcp send HOST PORT [WORDS] [--wait MS] [--tls]

listen   prints each line that comes, after the address of who wrote it; Ctrl-C ends it
send     sends WORDS as one line, or the lines of its input, and prints what comes back

  --host HOST   address to listen on: 127.0.0.1 by default, this machine alone;
                0.0.0.0 for all others too ("guichet ip" prints the address that they use)
  --talk        lines typed here go to all who are connected
  --wait MS     how long to wait for an answer when all was sent: 2000 by default
  --tls         speak TLS

Text that is not printable is shown as \\x1b. A last line without its end counts as a line.

Example:
  guichet tcp listen 7000
  guichet tcp send 127.0.0.1 7000 Ola Mundo!`

/** `guichet tcp`: a TCP server that prints what it hears, and a client. */
export const tcpCommand: Command = {
  name: 'tcp',
  help,
  run: (args, io) => {
    const [action, ...rest] = args
    if (action === 'listen') return listen(rest, io)
    if (action === 'send') return send(rest, io)
    throw new UsageError('guichet tcp takes "listen" or "send"')
  },
}

async function listen(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { host: { type: 'string', default: '127.0.0.1' }, talk: { type: 'boolean' } },
  })
  if (positionals.length > 1) throw new UsageError('guichet tcp listen takes one port')
  const port = parsePort(positionals[0])
  const listener = createTcpListener({ host: values.host, port, framing: lines })
  const present = new Set<StreamConnection<string>>()
  const url = await open(() =>
    listener.open({
      onOpen: (connection) => {
        present.add(connection)
        io.stderr.write(`${nameOf(connection)} connected\n`)
      },
      onMessage: (connection, line) => void io.stdout.write(`${nameOf(connection)} ${formatVisible(line)}\n`),
      onClose: (connection, end) => {
        present.delete(connection)
        io.stderr.write(`${nameOf(connection)} ${end instanceof Refusal ? `ended: ${end.message}` : end}\n`)
      },
    }),
  )
  io.stderr.write(`Listening on ${url}, Ctrl-C ends it\n`)
  if (values.talk === true) void talk(present, io)
  await untilAborted(io.signal)
  await listener.close(1000)
  return 0
}

async function talk(present: ReadonlySet<StreamConnection<string>>, io: CommandIo): Promise<void> {
  for await (const line of readInputLines(io.stdin, io.signal)) {
    for (const connection of present) void connection.send(line)
  }
}

function nameOf({ peer }: StreamConnection<string>): string {
  return `${peer.address}:${peer.port}`
}

async function send(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { wait: { type: 'string', default: '2000' }, tls: { type: 'boolean' } },
  })
  const [host, portText, ...words] = positionals
  if (host === undefined) throw new UsageError('guichet tcp send takes a host and a port')
  const port = parsePort(portText)
  const waitMs = parseMilliseconds(values.wait)
  const client = await dial({ host, port, hasTls: values.tls === true })
  const reading = printAnswers(client, io)
  if (words.length > 0) await client.send(words.join(' '))
  else for await (const line of readInputLines(io.stdin, io.signal)) await client.send(line)
  client.end()
  const timer = setTimeout(() => client.close(), waitMs)
  await Promise.race([reading, untilAborted(io.signal)])
  clearTimeout(timer)
  client.close()
  return 0
}

interface Target {
  readonly host: string
  readonly port: number
  readonly hasTls: boolean
}

async function dial({ host, port, hasTls }: Target): Promise<TcpClient<string>> {
  try {
    return await createTcpClient({ host, port, framing: lines, ...(hasTls ? { tls: {} } : {}) })
  } catch (error) {
    throw explainDialError(error, { host, port })
  }
}

async function printAnswers(client: TcpClient<string>, io: CommandIo): Promise<void> {
  try {
    for await (const line of client.messages) io.stdout.write(`${formatVisible(line)}\n`)
  } catch (error) {
    // Closed by us when the time to wait was over, or by a server that goes away: nothing more comes either way.
    if (error instanceof Refusal) io.stderr.write(`${error.message}\n`)
  }
}

/** Opens a listener; what the system objects to is for the person to mend. */
export async function open(task: () => Promise<string>): Promise<string> {
  try {
    return await task()
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error))
  }
}
