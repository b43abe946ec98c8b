import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../core/config-error.ts'
import { StoreUnavailable } from '../core/store-unavailable.ts'
import { createRedisStore } from './redis-store.ts'
import { testStore } from './store-contract.ts'
import type { Store } from './store.ts'

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const isCi = process.env['CI'] === 'true'
const skip = isCi || (await answers(url)) ? false : `no Redis answers at ${url}`
const hasServer = isCi || (await canSpawn())

describe('createRedisStore()', { skip }, () => {
  testStore('redis', {
    open: () => createRedisStore({ url, prefix: `test-${randomUUID()}` }),
    pass: (ms) => sleep(ms + 5),
  })

  test('get() does not see the entries of another app', async () => {
    const [one, two] = await Promise.all([
      createRedisStore({ url, prefix: `one-${randomUUID()}` }),
      createRedisStore({ url, prefix: `two-${randomUUID()}` }),
    ])
    await one.set('key', 'secret', 1_000)
    assert.equal(await two.get('key'), null)
    await Promise.all([one.close(), two.close()])
  })

  test('publish() reaches subscribers in another process', async () => {
    const prefix = `test-${randomUUID()}`
    const [one, two] = await Promise.all([createRedisStore({ url, prefix }), createRedisStore({ url, prefix })])
    const heard = Promise.withResolvers<string>()
    await two.subscribe('forget', { onMessage: heard.resolve })
    await one.publish('forget', 'calvin')
    assert.equal(await heard.promise, 'calvin')
    await Promise.all([one.close(), two.close()])
  })

  test('get() rejects with StoreUnavailable when more than pendingMax calls wait', async () => {
    const store = await createRedisStore({ url, prefix: `test-${randomUUID()}`, pendingMax: 2 })
    const results = await Promise.allSettled([store.get('a'), store.get('b'), store.get('c')])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
    await store.close()
    await assert.rejects(store.get('a'), StoreUnavailable)
  })
})

describe('createRedisStore() options', () => {
  test('createRedisStore() rejects with a ConfigError that does not show the URL when it is not one of Redis', async () => {
    for (const wrong of ['http://user:hunter2@127.0.0.1', 'hunter2']) {
      const error = await createRedisStore({ url: wrong, prefix: 'a' }).catch((problem: unknown) => problem)
      assert.ok(error instanceof ConfigError)
      assert.doesNotMatch(error.message, /hunter2/)
    }
  })

  test('createRedisStore() resolves and get() rejects with StoreUnavailable when nothing listens', async () => {
    const store = await createRedisStore({ url: 'redis://127.0.0.1:1', prefix: 'a' })
    await assert.rejects(store.get('a'), StoreUnavailable)
    await assert.rejects(store.publish('a', ''), StoreUnavailable)
    await store.close()
  })
})

describe('a server that goes away', { skip: hasServer ? false : 'redis-server is not installed' }, () => {
  const port = 20_000 + (process.pid % 10_000)
  let server: ChildProcess
  let store: Store
  let states: boolean[] = []

  before(async () => {
    server = await startServer(port)
    const options = { url: `redis://127.0.0.1:${port}`, prefix: 'app', timeoutMs: 200, connectTimeoutMs: 200 }
    store = await createRedisStore({ ...options, onState: (isUp) => states.push(isUp) })
  })
  after(async () => {
    await store.close()
    await stopServer(server)
  })

  test('get() rejects once after its timeout, then at once, and works again when a frozen server goes on', async () => {
    await store.set('key', 'a', 60_000)
    states = []
    server.kill('SIGSTOP')
    const results = await Promise.allSettled([store.get('key'), store.get('key')])
    for (const result of results) assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailable)
    assert.deepEqual(states, [false])
    await assert.rejects(store.get('key'), { message: 'Cannot use store "redis": it is away' })
    server.kill('SIGCONT')
    assert.equal(await eventually(() => store.get('key')), 'a')
    assert.equal(states.at(-1), true)
  })

  test('subscribe() hears again after a restart and is told of the gap first', async () => {
    const heard: string[] = []
    const told = Promise.withResolvers<void>()
    const again = Promise.withResolvers<void>()
    const onGap = (): void => {
      heard.push('gap')
      told.resolve()
    }
    const first = Promise.withResolvers<void>()
    const onMessage = (message: string): void => {
      heard.push(message)
      if (message === 'one') first.resolve()
      if (message === 'two') again.resolve()
    }
    await store.subscribe('room', { onMessage, onGap })
    await store.publish('room', 'one')
    // That the server has taken it does not say yet that subscribers have it.
    await first.promise
    await stopServer(server)
    await assert.rejects(
      eventuallyRejects(() => store.publish('room', 'lost')),
      StoreUnavailable,
    )
    await store.subscribe('late', { onMessage })
    server = await startServer(port)
    await told.promise
    await eventually(() => store.publish('room', 'again'))
    await eventually(() => store.publish('late', 'two'))
    await again.promise
    assert.deepEqual(heard, ['one', 'gap', 'again', 'two'])
  })
})

async function answers(address: string): Promise<boolean> {
  const store = await createRedisStore({ url: address, prefix: 'probe' })
  try {
    await store.get('probe')
    return true
  } catch {
    return false
  } finally {
    await store.close()
  }
}

async function canSpawn(): Promise<boolean> {
  const child = spawn('redis-server', ['--version'], { stdio: 'ignore' })
  return await new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}

async function startServer(port: number): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept')) break
  return server
}

async function stopServer(server: ChildProcess): Promise<void> {
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      return await call()
    } catch {
      await sleep(50)
    }
  }
  return call()
}

async function eventuallyRejects(call: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    await call()
    await sleep(10)
  }
}
