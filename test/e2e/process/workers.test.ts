import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createUdpClient } from 'guichet/sockets'
import { runApp, spawnGuichet, type Running } from './running.ts'

const APP = fileURLToPath(new URL('worker-app.ts', import.meta.url))
const HANGING = fileURLToPath(new URL('hanging-app.ts', import.meta.url))
const UNREADY = fileURLToPath(new URL('worker-unready-app.ts', import.meta.url))
const SHARED = fileURLToPath(new URL('worker-shared-app.ts', import.meta.url))
const audit = join(mkdtempSync(join(tmpdir(), 'guichet-workers-')), 'audit.jsonl')

interface Answers {
  /** How often each worker answered. */
  readonly pids: Map<number, number>
  /** Calls without an answer: whether their connection was new, and what happened. */
  readonly lost: { readonly isNew: boolean; readonly code: string }[]
  stop(): Promise<void>
}

/** Asks all the time on kept and on new connections. */
function startAsking(url: string): Answers {
  const kept = new Agent({ keepAlive: true, maxSockets: 4 })
  const pids = new Map<number, number>()
  const lost: Answers['lost'] = []
  const load = { isOver: false }
  const ask = async (agent: Agent | false): Promise<void> => {
    while (!load.isOver) {
      const answer = await get(`${url}/who`, agent)
      if (typeof answer === 'number') pids.set(answer, (pids.get(answer) ?? 0) + 1)
      else lost.push(answer)
    }
  }
  const askers = [kept, kept, kept, kept, false as const, false as const].map(ask)
  const stop = async (): Promise<void> => {
    load.isOver = true
    await Promise.all(askers)
    kept.destroy()
  }
  return { pids, lost, stop }
}

function get(url: string, agent: Agent | false): Promise<number | Answers['lost'][number]> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, timeout: 20_000 }, (incoming) => {
      let text = ''
      incoming.on('data', (part) => (text += String(part)))
      incoming.on('end', () => resolve((JSON.parse(text) as { pid: number }).pid))
      incoming.on('error', (error) => resolve({ isNew: false, code: error.message }))
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the server closed between two calls is asked again by every client (RFC 9110, 9.2.2).
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(get(url, agent))
      else resolve({ isNew: !outgoing.reusedSocket, code: error.code ?? error.message })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in 20 s')))
    outgoing.end()
  })
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i > 1_200) throw new Error(`It never came: ${what}`)
    await sleep(50)
  }
}

const said = ({ output }: Pick<Running, 'output'>, text: string): number => output().split(text).length - 1

describe('guichet run --workers', { timeout: 300_000 }, () => {
  const children: Running['child'][] = []
  const start = async (workers: number, environment: Readonly<Record<string, string>> = {}): Promise<Running> => {
    const running = await runApp(APP, { GUICHET_AUDIT: audit, ...environment }, ['--workers', String(workers)])
    children.push(running.child)
    return running
  }
  after(() => children.forEach((child) => child.kill('SIGKILL')))

  it('answers by several processes, and ends all of them when told to', async () => {
    const running = await start(2)
    const answers = startAsking(running.url)
    await until(() => answers.pids.size === 2, 'two workers')
    await answers.stop()
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
    assert.deepEqual(answers.lost, [])
    for (const pid of answers.pids.keys()) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    const lines = readFileSync(audit, 'utf8').trimEnd().split('\n')
    const calls = [...answers.pids.values()].reduce((sum, count) => sum + count, 0)
    assert.equal(lines.filter((line) => (JSON.parse(line) as { status: number }).status === 200).length, calls)
  })

  it('loses no call but those of a worker that is killed, and starts another', async () => {
    const running = await start(2)
    const answers = startAsking(running.url)
    await until(() => answers.pids.size === 2, 'two workers')
    const [victim = 0] = answers.pids.keys()
    process.kill(victim, 'SIGKILL')
    await until(() => answers.pids.size === 3, 'a third worker')
    await answers.stop()
    // Four kept and two new connections ask: no more can have been at the victim.
    assert.ok(answers.lost.length <= 6, JSON.stringify(answers.lost))
    // Each of them is told at once.
    assert.deepEqual(
      answers.lost.filter(({ code }) => code !== 'ECONNRESET' && code !== 'EPIPE'),
      [],
    )
    assert.equal(said(running, 'another starts in 100 ms'), 1)
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
  })

  it('refuses no connection while SIGHUP replaces the workers', async () => {
    const running = await start(2)
    const answers = startAsking(running.url)
    for (let round = 1; round <= 3; round++) {
      running.child.kill('SIGHUP')
      await until(() => said(running, 'workers were replaced') === round, `replacement ${round}`)
    }
    await answers.stop()
    assert.deepEqual(answers.lost, [], running.output())
    assert.ok(answers.pids.size >= 6, `${answers.pids.size} workers answered`)
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
  })

  it('tells the metrics of all workers, whichever is asked', async () => {
    const running = await start(2)
    const answers = startAsking(running.url)
    await until(() => answers.pids.size === 2, 'two workers')
    await answers.stop()
    const calls = [...answers.pids.values()].reduce((sum, count) => sum + count, 0)
    const readSeries = async (): Promise<readonly (readonly string[])[]> => {
      const text = await (await fetch(`${running.url}/metrics`, { headers: { connection: 'close' } })).text()
      assert.equal(text.split('# TYPE guichet_calls_total counter').length, 2, text)
      const series = text.matchAll(/^guichet_calls_total\{.*route="\/who".*worker="(\d)"\} (\d+)$/gm)
      return [...series].map(([, worker = '', count = '']) => [worker, count])
    }
    for (let i = 0; i < 10; i++) {
      const series = await readSeries()
      assert.deepEqual(
        series.map(([worker]) => worker),
        ['1', '2'],
      )
      assert.equal(
        series.reduce((sum, [, count]) => sum + Number(count), 0),
        calls,
      )
    }
    running.child.kill('SIGHUP')
    await until(() => said(running, 'workers were replaced') === 1, 'the replacement')
    const text = await (await fetch(`${running.url}/metrics`)).text()
    // Who takes the place of a worker has its number: a new one each time would make new series for ever.
    assert.deepEqual(new Set([...text.matchAll(/worker="(\d+)"/g)].map(([, worker]) => worker)), new Set(['1', '2']))
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
  })

  it('takes datagrams at one port by several processes', async () => {
    const free = createSocket('udp4').bind(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address()
    await new Promise<void>((resolve) => free.close(resolve))
    const running = await start(2, { UDP_PORT: String(port) })
    const answers = startAsking(running.url)
    await until(() => answers.pids.size === 2 || said(running, 'is taken') > 0, 'two workers')
    await answers.stop()
    const client = await createUdpClient({ host: '127.0.0.1', port })
    await client.send(Buffer.from('ping'))
    assert.match(String(Buffer.from((await client.receive(5000)) ?? [])), /^ping \d+$/)
    client.close()
    assert.equal(said(running, 'is taken'), 0, running.output())
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
  })

  it('stays ready while SIGHUP replaces the workers, and is not ready from SIGTERM on', async () => {
    const running = await start(2)
    const states = new Set<number>()
    const readStates = async (until: () => boolean): Promise<void> => {
      for (states.clear(); !until(); await sleep(5)) {
        // Each on a connection of its own, as a load balancer asks.
        const { status } = await fetch(`${running.url}/readyz`, { headers: { connection: 'close' } })
        states.add(status)
      }
    }
    running.child.kill('SIGHUP')
    await readStates(() => said(running, 'workers were replaced') === 1)
    assert.deepEqual([...states], [200])
    running.child.kill('SIGTERM')
    await readStates(() => states.has(503))
    assert.equal(await running.exited, 0)
  })

  it('gives workers the time in which they are not ready, before it kills one that does not end', async () => {
    const running = await runApp(UNREADY, {}, ['--workers', '2'])
    children.push(running.child)
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
    assert.ok(!running.output().includes('it is killed'), running.output())
  })

  for (const workers of [[], ['--workers', '2']]) {
    it(`ends when it is told to although the app has not started: run ${workers.join(' ')}`, async () => {
      const { child, output, exited } = spawnGuichet(['run', ...workers, HANGING])
      children.push(child)
      await until(() => output().includes('hanging'), 'the app that hangs')
      child.kill('SIGTERM')
      assert.equal(await Promise.race([exited, sleep(20_000, 'still there', { ref: false })]), 0)
    })
  }

  it('says why an app with an embedded database and a memory store cannot have several', async () => {
    const { output, exited } = spawnGuichet(['run', '--workers', '2', SHARED], {
      DATABASE_URL: 'pglite:memory:',
      REDIS_URL: '',
    })
    assert.equal(await exited, 1)
    assert.match(output(), /the embedded database belongs to one process/)
    assert.match(output(), /it would hold sessions, tokens that were ended, .*idempotency keys, rate limits/)
    assert.match(output(), /a sealed audit is one chain of lines/)
  })

  it('ends with the code of a worker that cannot start', async () => {
    const blocker = await start(1)
    const { child, output, exited } = spawnGuichet(['run', '--workers', '2', '--port', new URL(blocker.url).port, APP])
    assert.equal(await exited, 1)
    assert.match(output(), /is taken/)
    assert.equal(child.exitCode, 1)
    blocker.child.kill('SIGTERM')
    await once(blocker.child, 'exit')
  })
})
