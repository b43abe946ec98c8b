import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { connect } from 'node:net'
import { main } from './main.ts'

/** A run of the command line with its own input and output. */
class Session {
  readonly stdin = new PassThrough()
  readonly #stdout = new PassThrough()
  readonly #stderr = new PassThrough()
  readonly #controller = new AbortController()
  out = ''
  err = ''
  readonly code: Promise<number>

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#stdout.on('data', (text: Buffer) => (this.out += text.toString()))
    this.#stderr.on('data', (text: Buffer) => (this.err += text.toString()))
    const io = {
      stdin: this.stdin,
      stdout: this.#stdout,
      stderr: this.#stderr,
      environment,
      signal: this.#controller.signal,
    }
    this.code = main(args, io)
  }

  stop(): Promise<number> {
    this.#controller.abort()
    return this.code
  }

  async until(pattern: RegExp, stream: 'out' | 'err' = 'out'): Promise<RegExpExecArray> {
    for (let i = 0; i < 500; i++) {
      const match = pattern.exec(this[stream])
      if (match !== null) return match
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return assert.fail(`${stream} has no ${pattern.source}: ${this[stream]}`)
  }
}

async function listenTcp(...options: readonly string[]): Promise<{ readonly session: Session; readonly port: string }> {
  const session = new Session(['tcp', 'listen', '0', ...options])
  const [, port = ''] = await session.until(/Listening on tcp:\/\/127\.0\.0\.1:(\d+)/, 'err')
  return { session, port }
}

test('guichet tcp listen prints a last line without its end, and who wrote it', async () => {
  const { session, port } = await listenTcp()
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  const { localPort } = socket
  socket.end('Ola Mundo!')
  const [, from] = await session.until(/^127\.0\.0\.1:(\d+) Ola Mundo!\n$/)
  assert.equal(Number(from), localPort)
  assert.equal(await session.stop(), 0)
})

test('guichet tcp listen shows what would drive the terminal', async () => {
  const { session, port } = await listenTcp()
  connect(Number(port), '127.0.0.1').end('\u001b[2Jcleared')
  await session.until(/ \\x1b\[2Jcleared\n$/)
  await session.stop()
})

test('guichet tcp send sends words or lines, and prints what comes back', async () => {
  const { session, port } = await listenTcp('--talk')
  const client = new Session(['tcp', 'send', '127.0.0.1', port, '--wait', '5000'])
  client.stdin.write('one\n')
  await session.until(/ one\n/)
  session.stdin.write('answer\n')
  await client.until(/^answer\n$/)
  client.stdin.end('two')
  assert.equal(await client.code, 0)
  await session.until(/ two\n/)
  const words = new Session(['tcp', 'send', '127.0.0.1', port, 'Ola', 'Mundo!', '--wait', '10'])
  assert.equal(await words.code, 0)
  await session.until(/ Ola Mundo!\n/)
  await session.stop()
})

test('guichet tcp listen says why it cannot have a port, without a stack', async () => {
  const { session, port } = await listenTcp()
  const second = new Session(['tcp', 'listen', port])
  assert.equal(await second.code, 1)
  assert.match(second.err, /^Cannot listen on TCP 127\.0\.0\.1:\d+: another process has this port, .*\n$/)
  await session.stop()
})

test('guichet tcp and udp refuse what they do not understand with exit code 2', async () => {
  for (const args of [
    ['tcp'],
    ['tcp', 'listen'],
    ['tcp', 'listen', '70000'],
    ['udp', 'send'],
    ['udp', 'listen', 'x'],
    ['chat', 'http://x'],
  ]) {
    const session = new Session(args)
    assert.equal(await session.code, 2, args.join(' '))
    assert.match(session.err, /See: guichet/)
  }
})

test('guichet tcp send says that nobody listens', async () => {
  const session = new Session(['tcp', 'send', '127.0.0.1', '1', 'x'])
  assert.equal(await session.code, 1)
  assert.equal(session.err, 'Cannot connect to 127.0.0.1:1: nothing listens on that port\n')
})

test('guichet udp listen --echo answers guichet udp send', async () => {
  const server = new Session(['udp', 'listen', '0', '--echo'])
  const [, port = ''] = await server.until(/Listening on udp:\/\/127\.0\.0\.1:(\d+)/, 'err')
  const client = new Session(['udp', 'send', '127.0.0.1', port, 'ping', 'é'])
  assert.equal(await client.code, 0)
  assert.equal(client.out, 'ping é\n')
  assert.match(server.out, /^127\.0\.0\.1:\d+ ping é\n$/)
  await server.stop()
})

test('guichet udp send says when no answer comes', async () => {
  const server = new Session(['udp', 'listen', '0'])
  const [, port = ''] = await server.until(/:(\d+), Ctrl-C/, 'err')
  const client = new Session(['udp', 'send', '127.0.0.1', port, 'ping', '--wait', '50'])
  assert.equal(await client.code, 0)
  assert.equal(client.err, 'No answer within 50 ms\n')
  await server.stop()
})

test('guichet chat tcp:// sends the name first, then lines, and says when the server ends', async () => {
  const { session, port } = await listenTcp('--talk')
  const chat = new Session(['chat', `tcp://127.0.0.1:${port}`, '--name', 'calvin'])
  chat.stdin.write('hello\n')
  await session.until(/:\d+ calvin\n127\.0\.0\.1:\d+ hello\n/)
  session.stdin.write('welcome\n')
  await chat.until(/^welcome\n$/)
  await session.stop()
  assert.equal(await chat.code, 1)
  assert.match(chat.err, /The server ended the chat/)
})

test('guichet chat tcp:// logs in by its first line, with a password or a token', async () => {
  const { session, port } = await listenTcp()
  const cases = [
    { args: ['--user', 'calvin'], environment: { GUICHET_PASSWORD: 'hobbes' }, first: 'Basic Y2FsdmluOmhvYmJlcw==' },
    { args: [], environment: { GUICHET_TOKEN: 'x.y.z' }, first: 'Bearer x.y.z' },
  ]
  for (const { args, environment, first } of cases) {
    const chat = new Session(['chat', `tcp://127.0.0.1:${port}`, ...args], environment)
    await session.until(new RegExp(`:\\d+ ${first}\\n`))
    assert.equal(await chat.stop(), 0)
  }
  await session.stop()
})

test('guichet ip prints an address', async () => {
  const session = new Session(['ip'])
  assert.equal(await session.code, 0)
  assert.match(session.out, /^[\da-f.:]+\n$/)
  const all = new Session(['ip', '--all'])
  assert.equal(await all.code, 0)
  assert.match(all.out, /^127\.0\.0\.1\t\w+$/m)
})
