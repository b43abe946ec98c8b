import { parseArgs } from 'node:util'
import { createUdpClient, type UdpClient } from '../dial/udp-client.ts'
import { createUdpListener } from '../listen/udp-listener.ts'
import { formatVisible } from '../wire/visible-text.ts'
import { type Command, type CommandIo, untilAborted, UsageError } from './command.ts'
import { explainDialError, parseMilliseconds, parsePort, readInputLines } from './socket-target.ts'
import { open } from './tcp-command.ts'

const help = `guichet udp listen PORT [--host HOST] [--echo]
guichet udp send HOST PORT [WORDS] [--wait MS]

listen   prints each datagram that comes, after the address that it says it is from; Ctrl-C ends it
send     sends WORDS as one datagram, or one for each line of its input, and prints one answer for each

  --host HOST   address to listen on: 127.0.0.1 by default, this machine alone
  --echo        answer each datagram with itself
  --wait MS     how long to wait for an answer: 2000 by default, 0: not at all

UDP tells nobody whether a datagram arrived. Text that is not printable is shown as \\x1b.

Example:
  guichet udp listen 7000 --echo
  guichet udp send 127.0.0.1 7000 ping`

/** `guichet udp`: prints the datagrams that come, and sends some. */
export const udpCommand: Command = {
  name: 'udp',
  help,
  run: (args, io) => {
    const [action, ...rest] = args
    if (action === 'listen') return listen(rest, io)
    if (action === 'send') return send(rest, io)
    throw new UsageError('guichet udp takes "listen" or "send"')
  },
}

async function listen(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { host: { type: 'string', default: '127.0.0.1' }, echo: { type: 'boolean' } },
  })
  if (positionals.length > 1) throw new UsageError('guichet udp listen takes one port')
  const port = parsePort(positionals[0])
  const listener = createUdpListener({ host: values.host, port })
  const url = await open(() =>
    listener.open(({ bytes, peer, reply }) => {
      const text = Buffer.from(bytes)
        .toString('utf8')
        .replace(/\r?\n$/, '')
      io.stdout.write(`${peer.address}:${peer.port} ${formatVisible(text)}\n`)
      if (values.echo === true) reply(bytes)
    }),
  )
  io.stderr.write(`Listening on ${url}, Ctrl-C ends it\n`)
  await untilAborted(io.signal)
  await listener.close(1000)
  return 0
}

async function send(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { wait: { type: 'string', default: '2000' } },
  })
  const [host, portText, ...words] = positionals
  if (host === undefined) throw new UsageError('guichet udp send takes a host and a port')
  const port = parsePort(portText)
  const waitMs = parseMilliseconds(values.wait)
  const client = await dial(host, port)
  try {
    if (words.length > 0) await exchange(client, words.join(' '), { waitMs, io })
    else for await (const line of readInputLines(io.stdin, io.signal)) await exchange(client, line, { waitMs, io })
  } finally {
    client.close()
  }
  return 0
}

async function dial(host: string, port: number): Promise<UdpClient> {
  try {
    return await createUdpClient({ host, port })
  } catch (error) {
    throw explainDialError(error, { host, port })
  }
}

interface ExchangeOptions {
  readonly waitMs: number
  readonly io: CommandIo
}

async function exchange(client: UdpClient, text: string, { waitMs, io }: ExchangeOptions): Promise<void> {
  await client.send(Buffer.from(text, 'utf8'))
  if (waitMs === 0) return
  const answer = await client.receive(waitMs)
  if (answer === null) io.stderr.write(`No answer within ${waitMs} ms\n`)
  else io.stdout.write(`${formatVisible(Buffer.from(answer).toString('utf8'))}\n`)
}
