import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../../bin/guichet.mjs', import.meta.url))
const APP = fileURLToPath(new URL('worker-app.ts', import.meta.url))
const REQUEST = 'GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** The status of one call on a connection; empty where it was closed. */
function ask(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1').slice(9, 12)))
    socket.once('close', () => resolve(''))
    if (socket.destroyed) resolve('')
    else socket.write(REQUEST)
  })
}

describe('a process without file descriptors left', { timeout: 120_000 }, () => {
  it('serves the connections that it has, and all again when some are given back', async (t) => {
    const environment = { ...process.env, PORT: '0', LOG_LEVEL: 'warn', GUICHET_AUDIT: 'off', NODE_OPTIONS: '' }
    const command = `ulimit -n 64; exec "$0" --conditions=guichet-source "$1" run --no-watch "$2"`
    const child = spawn('sh', ['-c', command, process.execPath, BIN, APP], { env: environment, stdio: 'pipe' })
    t.after(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (part: Buffer) => (output += part.toString()))
    child.stderr.on('data', (part: Buffer) => (output += part.toString()))
    while (!/listens on http:\S+:\d+/.test(output)) {
      assert.equal(child.exitCode, null, output)
      await sleep(20)
    }
    const port = Number(/listens on http:\S+:(\d+)/.exec(output)?.[1])
    const open = async (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      await new Promise((resolve) => {
        socket.once('connect', resolve)
        socket.once('close', resolve)
      })
      return socket
    }
    const first = await open()
    assert.equal(await ask(first), '200')
    const held = await Promise.all(Array.from({ length: 150 }, open))
    // What it cannot take it closes, so that nobody waits for ever.
    while (!held.some((socket) => socket.destroyed || socket.readableEnded)) {
      for (const socket of held) socket.resume()
      await sleep(20)
    }
    assert.equal(await ask(first), '200')
    for (const socket of held) socket.destroy()
    // Answered again as soon as the server has noticed; the test's own timeout is the bound.
    for (let status = ''; status !== '200';) {
      const socket = await open()
      status = await ask(socket)
      socket.destroy()
    }
    first.destroy()
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null] // `exit` gives code and signal
    assert.equal(code, 0, output)
  })
})
