import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { LineWriter } from './line-writer.ts'
import { linesIn, newFolder } from './records.test-support.ts'

const folder = newFolder()
const FULL = '/dev/full'
const skip = existsSync(FULL) ? false : 'this system has no /dev/full'
const MODULE = new URL('line-writer.ts', import.meta.url).href

/** Runs a program in a process of its own, with `writer` on `file`; gives how it ended. */
async function runProgram(file: string, program: string, before = ''): Promise<{ code: number | null; out: string }> {
  const text = `import { LineWriter } from '${MODULE}'
    const onError = (error, lost) => process.stdout.write(error.code + ' ' + lost + '\\n')
    const writer = new LineWriter({ target: ${JSON.stringify(file)}, onError })
    ${program}`
  const path = join(folder, `program-${Math.random().toString(36).slice(2)}.mts`)
  writeFileSync(path, text)
  const child = spawn('sh', ['-c', `${before} exec "$0" "$@"`, process.execPath, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  const [code] = (await once(child, 'close')) as [number | null] // `close` gives code and signal
  return { code, out }
}

describe('LineWriter', () => {
  it('writes by itself, and a block at once when it is full', async () => {
    const file = join(folder, 'alone')
    const writer = new LineWriter({ target: file, onError: (error) => assert.fail(error) })
    writer.write('one')
    while (readFileSync(file, 'utf8') !== 'one\n') await new Promise((resolve) => setTimeout(resolve, 5))
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} é`)
    for (const line of lines) writer.write(line)
    await writer.close()
    assert.deepEqual(linesIn(file), ['one', ...lines])
  })

  it('flush() also waits for what came while a block was written', async () => {
    const file = join(folder, 'flush')
    const writer = new LineWriter({ target: file, onError: (error) => assert.fail(error) })
    writer.write('x'.repeat(9000))
    writer.write('later')
    await writer.flush()
    assert.equal(linesIn(file).at(-1), 'later')
    await writer.close()
  })

  it('keeps lines while the disk is full, says so once, and counts what is lost at the end', { skip }, async () => {
    const told: [string, number][] = []
    const writer = new LineWriter({
      target: FULL,
      waitingCharsMax: 100,
      onError: (error, lost) => told.push([(error as NodeJS.ErrnoException).code ?? '', lost]),
    })
    assert.ok(writer.write('first'))
    await writer.flush()
    await writer.flush()
    assert.deepEqual(told, [['ENOSPC', 0]])
    const taken = Array.from({ length: 20 }, (_, i) => writer.write(`line ${i} of twenty`)).filter(Boolean).length
    assert.ok(taken > 0 && taken < 20)
    await writer.close()
    assert.deepEqual(told.at(-1), ['ENOSPC', taken + 1])
  })

  it('leaves no hole, no half character and no double when a part of a block was written', async () => {
    const file = join(folder, 'limited')
    // The limit of the file ends inside a block, and inside a character of two bytes; then it is lifted.
    const program = `
      process.on('SIGXFSZ', () => undefined)
      for (let i = 0; i < 300; i++) writer.write('é'.repeat(5) + ' ' + i)
      await writer.flush()
      const { execFileSync } = await import('node:child_process')
      execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited'])
      writer.write('last')
      await writer.close()`
    const { code, out } = await runProgram(file, program, 'ulimit -S -f 4;')
    assert.equal(code, 0)
    assert.equal(out, existsSync('/usr/bin/prlimit') ? 'EFBIG 0\n' : out)
    assert.deepEqual(linesIn(file), [...Array.from({ length: 300 }, (_, i) => `ééééé ${i}`), 'last'])
  })

  it('writes what is left when the process ends by itself, by exit() or by an error, after the block under way', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `${i} ${'x'.repeat(100)}`)
    const write = `for (let i = 0; i < 400; i++) writer.write(i + ' ' + 'x'.repeat(100))`
    for (const end of [
      '',
      'process.exit(0)',
      'process.on("uncaughtException", () => process.exit(0)); throw new Error("end")',
    ]) {
      const file = join(folder, `exit-${end.length}`)
      assert.equal((await runProgram(file, `${write}\n${end}`)).code, 0)
      assert.deepEqual(linesIn(file), lines, end)
    }
  })

  it('counts the lines that a full disk takes at the exit', { skip }, async () => {
    const { out } = await runProgram(FULL, `writer.write('a'); writer.write('b'); process.exit(0)`)
    assert.equal(out, 'ENOSPC 2\n')
  })
})
