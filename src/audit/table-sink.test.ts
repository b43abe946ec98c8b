import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOSTILE, record } from './records.test-support.ts'
import { createTableSink } from './table-sink.ts'
import type { TableSinkOptions } from './table-sink.ts'

interface Row {
  readonly id: string
  readonly login: string | null
}

/** A sink, the rows that it wrote, and the errors that it told; `fail` says what the next statements throw. */
function setUp(more: Partial<TableSinkOptions> = {}) {
  const rows: Row[] = []
  const told: [string, number][] = []
  const state: { fail: string | null } = { fail: null }
  const sink = createTableSink({
    run: async (_, [json]) => {
      await Promise.resolve()
      if (state.fail !== null) throw new Error(state.fail)
      rows.push(...(JSON.parse(json ?? '') as Row[]))
    },
    isPassing: (error) => String(error).includes('away'),
    onError: (error, lost) => told.push([String(error), lost]),
    ...more,
  })
  return { sink, rows, told, state }
}

describe('createTableSink()', () => {
  it('keeps the order of its records', async () => {
    const { sink, rows } = setUp()
    const ids = Array.from({ length: 1000 }, (_, i) => `r${i}`)
    for (const id of ids) sink.record(record({ id }), false)
    await sink.flush()
    assert.deepEqual(
      rows.map(({ id }) => id),
      ids,
    )
  })

  it('leaves out what the transaction of the call has written already', async () => {
    const { sink, rows } = setUp()
    sink.record(record(), true)
    await sink.flush()
    assert.deepEqual(rows, [])
  })

  it('keeps records while the database is away, and loses none that has room', async () => {
    const { sink, rows, told, state } = setUp({ waitingMax: 3 })
    state.fail = 'away'
    for (let i = 0; i < 5; i++) sink.record(record({ id: `r${i}` }), false)
    await sink.flush()
    assert.deepEqual(told, [['Error: away', 0]])
    state.fail = null
    await sink.flush()
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['r0', 'r1', 'r2'],
    )
    assert.deepEqual(told.at(-1)?.[1], 2)
    await sink.close()
  })

  it('counts what is lost when the database is still away at the end', async () => {
    const { sink, told, state } = setUp()
    state.fail = 'away'
    for (let i = 0; i < 4; i++) sink.record(record(), false)
    await sink.close()
    assert.equal(told.at(-1)?.[1], 4)
  })

  it('drops what the database will never take, tells it, and goes on', async () => {
    const { sink, rows, told, state } = setUp()
    state.fail = 'no such table'
    sink.record(record({ id: 'a' }), false)
    await sink.flush()
    assert.deepEqual(told, [['Error: no such table', 1]])
    state.fail = null
    sink.record(record({ id: 'b' }), false)
    await sink.flush()
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['b'],
    )
  })

  it('writes no NUL and no lone surrogate, which PostgreSQL refuses', async () => {
    const { sink, rows } = setUp()
    for (const user of HOSTILE) sink.record(record({ user }), false)
    await sink.flush()
    for (const { login } of rows) assert.ok(login?.isWellFormed() === true && !login.includes('\0'))
  })
})
