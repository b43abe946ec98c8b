import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTestDatabase, skipWithoutPostgres } from '../../../src/sql/postgres.test-support.ts'
import { createRedisStore } from '../../../src/store/redis-store.ts'
import { type Running, runApp } from './running.ts'

const RECIPES = fileURLToPath(new URL('../../../examples/recipes/app.ts', import.meta.url))
const REDIS = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

async function findRedis(): Promise<string | false> {
  if (process.env['CI'] === 'true') return false
  try {
    const store = await createRedisStore({ url: REDIS, prefix: 'test' })
    await store.close()
    return false
  } catch {
    return `no Redis answers at ${REDIS}`
  }
}

const skip = skipWithoutPostgres === false ? await findRedis() : skipWithoutPostgres

describe('two processes of recipes on one database and one Redis', { skip }, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  let processes: readonly Running[]
  let one: string
  let other: string

  const post = (url: string, token: string | null, json: object | null = null): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === null ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === null ? {} : { body: JSON.stringify(json) }),
    })
  const login = async (url: string): Promise<Pair> =>
    (await (await post(`${url}/login`, null, { username: 'ana', password: 'correct horse battery' })).json()) as Pair
  const statusAt = async (url: string, token: string): Promise<number> =>
    (await fetch(`${url}/protected`, { headers: { authorization: `Bearer ${token}` } })).status

  before(async () => {
    database = await createTestDatabase()
    const environment = {
      DATABASE_URL: database.url,
      REDIS_URL: REDIS,
      GUICHET_SECRET: randomBytes(32).toString('hex'),
      GUICHET_AUDIT: 'off',
    }
    processes = [await runApp(RECIPES, environment), await runApp(RECIPES, environment)]
    ;[one = '', other = ''] = processes.map(({ url }) => url)
    const account = { username: 'ana', password: 'correct horse battery' }
    assert.equal((await post(`${one}/register`, null, account)).status, 201)
  })
  after(async () => {
    for (const { child, exited } of processes) {
      child.kill('SIGTERM')
      await exited
    }
    await database.drop()
  })

  it('a logout in one closes the other at once', async () => {
    const { access_token: token } = await login(one)
    assert.deepEqual([await statusAt(one, token), await statusAt(other, token)], [200, 200])
    assert.equal((await post(`${other}/logout`, token)).status, 204)
    assert.deepEqual([await statusAt(one, token), await statusAt(other, token)], [401, 401])
  })

  it('a refresh token used in one and again in the other ends the family in both', async () => {
    const first = await login(one)
    const second = (await (await post(`${one}/refresh`, first.refresh_token)).json()) as Pair
    assert.equal(await statusAt(other, second.access_token), 200)
    assert.equal((await post(`${other}/refresh`, first.refresh_token)).status, 401)
    assert.equal((await post(`${one}/refresh`, second.refresh_token)).status, 401)
    assert.deepEqual([await statusAt(one, second.access_token), await statusAt(other, second.access_token)], [401, 401])
  })

  it('of two that use a refresh token at the same time one wins, and the theft is noticed', async () => {
    const { refresh_token: token } = await login(one)
    const replies = await Promise.all([post(`${one}/refresh`, token), post(`${other}/refresh`, token)])
    const winner = replies.find(({ status }) => status === 200)
    assert.ok(winner !== undefined)
    assert.equal(replies.filter(({ status }) => status === 401).length, 1)
    const { refresh_token: next } = (await winner.json()) as Pair
    assert.equal((await post(`${one}/refresh`, next)).status, 401)
  })
})
