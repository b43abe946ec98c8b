import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import postgres from 'postgres'
import { type EncodedReply, HeadBlock } from '../core/reply.ts'
import { Refusal } from '../core/refusal.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { compileIdempotency, type IdempotentRun } from './idempotency.ts'
import { formatAnswer, parseAnswer } from './idempotency-answer.ts'
import {
  createSqlRecords,
  createStoreRecords,
  IDEMPOTENCY_TABLE,
  type IdempotencyRecords,
  purgeSqlRecords,
  type RunSql,
} from './idempotency-records.ts'
import { receivedHead } from './received.test-support.ts'

function movableClock(): { now: () => number; pass: (ms: number) => void } {
  let now = 1_000_000
  return {
    now: () => now,
    pass: (ms) => {
      now += ms
    },
  }
}

const BARE = new HeadBlock(['x-fixed', 'today'])
const JSON_HEAD = new HeadBlock(['content-type', 'application/json', 'x-fixed', 'then'])
const CREATED: EncodedReply = { status: 201, head: JSON_HEAD, headers: ['location', '/stuff/1'], body: '{"sid":1}' }
const CALL = { key: 'key-00000001', user: 'calvin', content: ['/stuff', '', '{"stuff":"tiger"}'] }
const OPTIONS = { route: 'POST /stuff', isRequired: false, lockMs: 40_000, bare: BARE }

function begun(run: unknown): IdempotentRun {
  assert.ok(typeof run === 'object' && run !== null && 'replay' in run)
  return run as IdempotentRun // the line above says so
}

describe('compileIdempotency()', () => {
  const clock = movableClock()
  const store = createMemoryStore({ clock })
  const records = createStoreRecords(store, clock)
  const idempotency = compileIdempotency({ ...OPTIONS, store, clock, ttlMs: 100_000 })
  /** Begins, keeps an answer and ends: what the first call does. */
  const runOnce = async (call: typeof CALL): Promise<void> => {
    const run = begun(await idempotency.begin(call))
    assert.equal(await run.replay(records), null)
    assert.equal(await run.keep(records, CREATED), null)
    await run.end()
  }
  const replayOf = async (call: Parameters<typeof idempotency.begin>[0]): Promise<unknown> => {
    const run = begun(await idempotency.begin(call))
    const answer = await run.replay(records)
    await run.end()
    return answer
  }

  test('replay() gives the kept answer when key, user and content are the same', async () => {
    await runOnce(CALL)
    assert.deepEqual(await replayOf(CALL), {
      status: 201,
      head: BARE,
      headers: ['content-type', 'application/json', 'location', '/stuff/1', 'idempotent-replayed', 'true'],
      body: '{"sid":1}',
    })
  })

  test('replay() is 422 when the content is another', async () => {
    const call = { ...CALL, key: 'key-00000002' }
    await runOnce(call)
    const contents = [
      ['/stuff', '', '{"stuff":"x"}'],
      ['/stuff', '{"stuff":"tiger"}'],
      ['/stuff', '', '{"stuff":"tiger"}', ''],
    ]
    for (const content of contents) {
      const refusal = await replayOf({ ...call, content })
      assert.ok(refusal instanceof Refusal)
      assert.deepEqual([refusal.code, refusal.status], ['GUARD_IDEMPOTENCY_KEY', 422])
    }
  })

  test('replay() is null for the same key of another user, of nobody, or on another route', async () => {
    const call = { ...CALL, key: 'key-00000003' }
    await runOnce(call)
    assert.equal(await replayOf({ ...call, user: 'hobbes' }), null)
    assert.equal(await replayOf({ ...call, user: null }), null)
    assert.equal(await replayOf({ ...call, user: '' }), null)
    const other = compileIdempotency({ ...OPTIONS, route: 'POST /other', store, clock })
    const run = begun(await other.begin(call))
    assert.equal(await run.replay(records), null)
  })

  test('replay() is null when the time of the answer has ended', async () => {
    const call = { ...CALL, key: 'key-00000004' }
    await runOnce(call)
    clock.pass(100_000)
    assert.equal(await replayOf(call), null)
  })

  test('begin() is 409 while the first call runs and passes when it has ended', async () => {
    const call = { ...CALL, key: 'key-00000005' }
    const [first, second] = await Promise.all([idempotency.begin(call), idempotency.begin(call)])
    assert.ok(second instanceof Refusal)
    assert.deepEqual([second.code, second.status], ['GUARD_IDEMPOTENCY_BUSY', 409])
    await begun(first).end()
    clock.pass(1)
    begun(await idempotency.begin(call))
  })

  test('end() leaves the lock of another call alone when its own has run out', async () => {
    const call = { ...CALL, key: 'key-00000006' }
    const slow = begun(await idempotency.begin(call))
    clock.pass(40_000)
    begun(await idempotency.begin(call))
    await slow.end()
    clock.pass(1)
    assert.ok((await idempotency.begin(call)) instanceof Refusal)
  })

  test('keep() does not keep an answer of 400 or more', async () => {
    const call = { ...CALL, key: 'key-00000007' }
    const run = begun(await idempotency.begin(call))
    assert.equal(await run.keep(records, { ...CREATED, status: 400 }), null)
    await run.end()
    assert.equal(await replayOf(call), null)
  })

  test('begin() is 503 when the store is away', async () => {
    const closed = createMemoryStore()
    await closed.close()
    const refusal = await compileIdempotency({ ...OPTIONS, store: closed, clock }).begin(CALL)
    assert.ok(refusal instanceof Refusal)
    assert.deepEqual([refusal.code, refusal.status], ['GUARD_UNAVAILABLE', 503])
  })
})

describe('readKey()', () => {
  const store = createMemoryStore()
  const keyFrom = (header: string | null, isRequired = false): unknown => {
    const received = receivedHead({ headers: header === null ? {} : { 'idempotency-key': header } })
    return compileIdempotency({ ...OPTIONS, isRequired, store, clock: movableClock() }).readKey(received)
  }

  test('readKey() takes a key bare or as a quoted string', () => {
    assert.equal(keyFrom('8e03978e-40d5-43dd-bc93-6894a57f9324'), '8e03978e-40d5-43dd-bc93-6894a57f9324')
    assert.equal(keyFrom('"8e03978e-40d5"'), '8e03978e-40d5')
    assert.equal(keyFrom('a'.repeat(128)), 'a'.repeat(128))
  })

  test('readKey() is 400 when the key is too short, too long or not visible characters', () => {
    for (const header of [
      '',
      '""',
      '1234567',
      'a'.repeat(129),
      'with space',
      '"half-quoted',
      'back\\slash',
      'é'.repeat(8),
    ]) {
      const refusal = keyFrom(header)
      assert.ok(refusal instanceof Refusal && refusal.status === 400, header)
    }
  })

  test('readKey() without a key is null, or 400 when it is required', () => {
    assert.equal(keyFrom(null), null)
    const refusal = keyFrom(null, true)
    assert.ok(refusal instanceof Refusal && refusal.status === 400)
  })
})

describe('formatAnswer()', () => {
  test('parseAnswer() gives back text, bytes and no body', () => {
    for (const body of ['é"\n', new Uint8Array([0, 255, 128]), null, '']) {
      const answer = parseAnswer(formatAnswer({ ...CREATED, body }, 100), BARE)
      assert.deepEqual(bytesOf(answer.body), bytesOf(body))
    }
  })

  test('formatAnswer() keeps no cookie', () => {
    const headers = ['Set-Cookie', 'session=secret', 'etag', '"1"']
    assert.doesNotMatch(formatAnswer({ ...CREATED, headers }, 100), /secret/)
    assert.match(formatAnswer({ ...CREATED, headers }, 100), /etag/)
  })

  test('formatAnswer() takes a body of bytesMax, and throws when it is larger or a stream', () => {
    assert.ok(formatAnswer({ ...CREATED, body: 'éé' }, 4))
    assert.throws(() => formatAnswer({ ...CREATED, body: 'ééx' }, 4), RangeError)
    assert.throws(() => formatAnswer({ ...CREATED, body: (async function* () {})() }, 4), TypeError)
  })
})

function bytesOf(body: EncodedReply['body']): Buffer | null {
  assert.ok(body === null || typeof body === 'string' || body instanceof Uint8Array)
  return typeof body === 'string' ? Buffer.from(body) : body && Buffer.from(body)
}

const RECORD = { id: 'id', digest: 'digest', answer: '{"status":200}', expiresAtMs: 1_000_100 }

describe('createSqlRecords()', () => {
  let database: PGlite
  let run: RunSql
  before(async () => {
    database = new PGlite()
    await database.exec(IDEMPOTENCY_TABLE)
    run = async (text, values) => {
      const { rows, affectedRows = 0 } = await database.query<(string | null)[]>(text, [...values], {
        rowMode: 'array',
      })
      return { rows, affected: affectedRows }
    }
  })
  after(() => database.close())

  testRecords('createSqlRecords()', (clock) => createSqlRecords(run, clock))

  test('save() leaves nothing when its transaction is rolled back', async () => {
    const records = createSqlRecords(run, movableClock())
    await database.exec('BEGIN')
    assert.equal(await records.save({ ...RECORD, id: 'rolled back' }), true)
    await database.exec('ROLLBACK')
    assert.equal(await records.find('rolled back'), null)
  })

  test('purgeSqlRecords() deletes what has ended and keeps the rest', async () => {
    const clock = movableClock()
    const records = createSqlRecords(run, clock)
    await database.exec('DELETE FROM guichet_idempotency')
    await records.save({ ...RECORD, id: 'ended' })
    await records.save({ ...RECORD, id: 'kept', expiresAtMs: RECORD.expiresAtMs + 1 })
    clock.pass(100)
    assert.equal(await purgeSqlRecords(run, clock), 1)
    assert.notEqual(await records.find('kept'), null)
  })
})

const serverUrl = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const skip = process.env['CI'] === 'true' || (await answers(serverUrl)) ? false : 'no PostgreSQL server answers'

describe('createSqlRecords() on a PostgreSQL server', { skip }, () => {
  test('save() waits for another transaction with the same id and is false when that commits', async () => {
    const schema = `guichet_idempotency_${process.pid}`
    const connection = { search_path: schema }
    const sql = postgres(serverUrl, { max: 2, onnotice: () => undefined, connection })
    await sql.unsafe(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}; ${IDEMPOTENCY_TABLE}`)
    const save = (running: postgres.TransactionSql): Promise<boolean> =>
      createSqlRecords(async (text, values) => {
        const result = await running.unsafe(text, [...values]).values()
        return { rows: result, affected: result.count }
      }, movableClock()).save(RECORD)
    try {
      const saved = Promise.withResolvers<void>()
      const go = Promise.withResolvers<void>()
      const first = sql.begin(async (running) => {
        const isSaved = await save(running)
        saved.resolve()
        await go.promise
        return isSaved
      })
      await saved.promise
      const second = sql.begin(save)
      setTimeout(go.resolve, 50)
      assert.deepEqual(await Promise.all([first, second]), [true, false])
    } finally {
      await sql.unsafe(`DROP SCHEMA ${schema} CASCADE`)
      await sql.end()
    }
  })
})

testRecords('createStoreRecords()', (clock) => createStoreRecords(createMemoryStore({ clock }), clock))

function testRecords(name: string, open: (clock: ReturnType<typeof movableClock>) => IdempotencyRecords): void {
  test(`${name} finds what was saved until it ends, and then takes a new one`, async () => {
    const clock = movableClock()
    const records = open(clock)
    assert.equal(await records.find('id'), null)
    assert.equal(await records.save(RECORD), true)
    assert.deepEqual(await records.find('id'), RECORD)
    assert.equal(await records.save({ ...RECORD, digest: 'other' }), false)
    assert.equal((await records.find('id'))?.digest, 'digest')
    clock.pass(100)
    assert.equal(await records.find('id'), null)
    assert.equal(await records.save({ ...RECORD, digest: 'new', expiresAtMs: 1_000_200 }), true)
    assert.equal((await records.find('id'))?.digest, 'new')
  })
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { connect_timeout: 2, max: 1 })
  try {
    await sql`SELECT 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end()
  }
}
