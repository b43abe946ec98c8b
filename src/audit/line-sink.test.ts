import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { CHAIN_START, checkChain, lastSeal } from './chain.ts'
import type { ChainReport } from './chain.ts'
import { createLineSink } from './line-sink.ts'
import { linesIn, newFolder, record } from './records.test-support.ts'

const KEY = createSecretKey(Buffer.from('a key of the tests'))
const OTHER = createSecretKey(Buffer.from('another key'))
const folder = newFolder()
let count = 0
const newFile = (): string => join(folder, `${++count}.jsonl`)
const onError = (error: Error): void => assert.fail(error)

async function write(target: string, ids: readonly string[], sealKey: typeof KEY | null = KEY): Promise<void> {
  const sink = createLineSink({ target, sealKey, onError })
  for (const id of ids) sink.record(record({ id }), false)
  await sink.close()
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}
const check = (lines: readonly string[], keys = [KEY]): Promise<ChainReport> => checkChain(each(lines), keys)

describe('createLineSink()', () => {
  it('appends a line for each record, in their order', async () => {
    const file = newFile()
    await write(file, ['a', 'b'], null)
    await write(file, ['c'], null)
    assert.deepEqual(
      linesIn(file).map((line) => (JSON.parse(line) as { id: string }).id),
      ['a', 'b', 'c'],
    )
  })

  for (const sealKey of [null, KEY]) {
    it(`goes over to a new file when its own was moved away, ${sealKey === null ? 'plain' : 'sealed'}`, async () => {
      const file = newFile()
      const sink = createLineSink({ target: file, sealKey, onError })
      const ids: string[] = []
      const add = (): void => {
        const id = `call ${ids.length}`
        ids.push(id)
        sink.record(record({ id }), false)
      }
      add()
      await sink.flush()
      for (const old of [`${file}.1`, `${file}.2`]) {
        renameSync(file, old)
        add()
        while (!existsSync(file)) {
          add()
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        await sink.flush()
      }
      await sink.close()
      const files = [`${file}.1`, `${file}.2`, file].map(linesIn)
      assert.deepEqual(
        files.flat().map((line) => (JSON.parse(line) as { id: string }).id),
        ids,
      )
      if (sealKey === null) return
      for (const lines of files) {
        assert.ok(lines.length > 0)
        assert.equal((await check(lines)).brokenAt, null)
      }
    })
  }

  it('goes on with the chain of the file, also where a crash has cut the last line short', async () => {
    const file = newFile()
    await write(file, ['a', 'b'])
    await write(file, ['c'])
    appendFileSync(file, '{"at":"2026-01-02T03:04')
    await write(file, ['d'])
    const lines = linesIn(file)
    const { brokenAt, lines: sealed, cutLines, last } = await check(lines)
    assert.deepEqual([brokenAt, sealed, cutLines], [null, 4, 1])
    assert.equal(lastSeal(readFileSync(file, 'utf8')), last)
  })

  it('says in the file how many records are missing when there was no memory for them', async () => {
    const file = newFile()
    const sink = createLineSink({ target: file, sealKey: KEY, waitingCharsMax: 700, onError })
    for (let i = 0; i < 20; i++) sink.record(record({ id: `r${i}` }), false)
    await sink.flush()
    sink.record(record({ id: 'after' }), false)
    await sink.close()
    const lines = linesIn(file).map((line) => JSON.parse(line) as { id?: string; lost?: number })
    const kept = lines.filter(({ id }) => id !== undefined && id !== 'after').length
    assert.ok(kept > 0 && kept < 20)
    assert.deepEqual(
      lines.slice(kept).map(({ id, lost }) => id ?? lost),
      [20 - kept, 'after'],
    )
    const { brokenAt, lostRecords } = await check(linesIn(file))
    assert.deepEqual([brokenAt, lostRecords], [null, 20 - kept])
  })

  it('tells at its end how many records found no memory', async () => {
    const told: number[] = []
    const sink = createLineSink({ target: newFile(), waitingCharsMax: 10, onError: (_, lost) => told.push(lost) })
    for (let i = 0; i < 3; i++) sink.record(record(), false)
    await sink.close()
    assert.deepEqual(told, [3])
  })
})

describe('checkChain()', () => {
  it('finds the line after one that was removed, altered, moved, added or doubled', async () => {
    const file = newFile()
    await write(file, ['a', 'b', 'c', 'd'])
    const [a = '', b = '', c = '', d = ''] = linesIn(file)
    assert.equal((await check([a, b, c, d])).brokenAt, null)
    const changes: readonly [lines: readonly string[], brokenAt: number][] = [
      [[b, c, d], 1],
      [[a, c, d], 2],
      [[a, b.replace('calvin', 'hobbes'), c, d], 2],
      [[a, c, b, d], 2],
      [[a, b, b, c, d], 3],
      [[a, b, '{"at":"2026-01-02T03:04:05.006Z","user":"forged"}', c, d], 3],
      [[a, b.slice(0, -1), d], 2],
      [[a, b.replace(/"seal":".{4}/, '"seal":"0000'), c, d], 2],
    ]
    for (const [lines, brokenAt] of changes) assert.equal((await check(lines)).brokenAt, brokenAt, lines.join('\n'))
  })

  it('takes lines that an earlier key sealed, and none of a key that it does not know', async () => {
    const file = newFile()
    await write(file, ['a'], OTHER)
    await write(file, ['b'], KEY)
    assert.equal((await check(linesIn(file), [KEY, OTHER])).brokenAt, null)
    assert.equal((await check(linesIn(file), [KEY])).brokenAt, 1)
  })

  it('gives the last seal, which shows a later removal of the last lines', async () => {
    const file = newFile()
    await write(file, ['a', 'b'])
    const lines = linesIn(file)
    assert.notEqual((await check(lines)).last, (await check(lines.slice(0, 1))).last)
    assert.equal((await check([])).last, CHAIN_START)
  })

  it('is broken at the first line of a file that was never sealed', async () => {
    const file = newFile()
    await write(file, ['a'], null)
    assert.equal((await check(linesIn(file))).brokenAt, 1)
    writeFileSync(file, '')
    assert.equal((await check(linesIn(file))).brokenAt, null)
  })
})
