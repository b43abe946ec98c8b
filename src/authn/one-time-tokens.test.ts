import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../core/call.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { silent, testBoot } from './boot.test-support.ts'
import { printedMail } from './mail.ts'
import { oneTimeTokens } from './one-time-tokens.ts'

/** As `call.cache` is: values of any kind, here always text. */
function cacheOn(store: ReturnType<typeof createMemoryStore>): Cache {
  const orNothing = (text: string | null): unknown => text ?? undefined
  return {
    get: async (key) => orNothing(await store.get(key)),
    set: (key, value, lifetimeMs) => store.set(key, String(value), lifetimeMs),
    delete: async (key) => void (await store.delete(key)),
    take: async (key) => orNothing(await store.getAndDelete(key)),
  }
}

function resets(lifetimeMs?: number) {
  const { clock } = testBoot()
  const store = cacheOn(createMemoryStore({ clock }))
  return {
    clock,
    store,
    tokens: oneTimeTokens({ purpose: 'reset', ...(lifetimeMs === undefined ? {} : { lifetimeMs }) }),
  }
}

describe('oneTimeTokens()', () => {
  it('use() gives the subject once', async () => {
    const { tokens, store } = resets()
    const token = await tokens.create(store, 'ana')
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(await tokens.use(store, token), 'ana')
    assert.equal(await tokens.use(store, token), null)
  })

  it('use() gives the subject to one of many at once', async () => {
    const { tokens, store } = resets()
    const token = await tokens.create(store, 'ana')
    const found = await Promise.all(Array.from({ length: 5 }, () => tokens.use(store, token)))
    assert.deepEqual(
      found.filter((subject) => subject !== null),
      ['ana'],
    )
  })

  it('use() gives null for a token of another purpose, an old one and an unknown one', async () => {
    const { tokens, store, clock } = resets(1000)
    const token = await tokens.create(store, 'ana')
    assert.equal(await oneTimeTokens({ purpose: 'verify' }).use(store, token), null)
    assert.equal(await tokens.use(store, 'unknown'), null)
    clock.nowMs += 1000
    assert.equal(await tokens.use(store, token), null)
  })

  it('create() ends the token before', async () => {
    const { tokens, store } = resets()
    const first = await tokens.create(store, 'ana')
    const others = await tokens.create(store, 'rui')
    const second = await tokens.create(store, 'ana')
    assert.equal(await tokens.use(store, first), null)
    assert.equal(await tokens.use(store, second), 'ana')
    assert.equal(await tokens.use(store, others), 'rui')
  })

  it('create() stores a hash, not the token', async () => {
    const { tokens, store } = resets()
    const token = await tokens.create(store, 'ana')
    assert.equal(await store.get(`authn:once:reset:${token}`), undefined)
  })

  it('refuses a purpose that is not a name', () => {
    assert.throws(() => oneTimeTokens({ purpose: 'a:b' }), RangeError)
  })
})

describe('printedMail()', () => {
  it('send() writes the mail to the log, and is not made in production', async () => {
    const lines: object[] = []
    const port = printedMail({ ...silent, info: (fields) => lines.push(fields) }, false)
    const mail = { to: 'ana@example.org', subject: 'Reset', text: 'https://example.org/reset?token=x' }
    await port.send(mail)
    assert.deepEqual(lines, [mail])
    assert.throws(() => printedMail(silent, true), TypeError)
  })
})
