import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DirectoryHeldError, lockDirectory } from './directory-lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-lock-'))
after(() => rmSync(folder, { recursive: true }))
let count = 0
const fresh = (): string => join(folder, `directory ${++count}`)

/** A process that holds a directory until it is killed. */
async function spawnHolder(directory: string): Promise<{ readonly pid: number; readonly kill: () => Promise<void> }> {
  const code = `
    const { lockDirectory } = await import(${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)})
    lockDirectory(${JSON.stringify(directory)})
    process.stdout.write('held')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const kill = async (): Promise<void> => {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  return { pid: child.pid ?? 0, kill }
}

test('lockDirectory() is refused while this process holds it, and given after release()', () => {
  const directory = fresh()
  const lock = lockDirectory(directory)
  assert.throws(() => lockDirectory(directory), { name: 'DirectoryHeldError', message: /this process has it open/ })
  lock.release()
  lock.release()
  lockDirectory(directory).release()
  assert.equal(existsSync(`${directory}.lock`), false)
})

test('lockDirectory() says which process holds it, and takes over when that one was killed', async () => {
  const directory = fresh()
  const holder = await spawnHolder(directory)
  const held = (error: unknown): boolean => error instanceof DirectoryHeldError && error.pid === holder.pid
  assert.throws(() => lockDirectory(directory), held)
  await holder.kill()
  lockDirectory(directory).release()
})

test('lockDirectory() takes over from a process whose number belongs to another one now', () => {
  const directory = fresh()
  const old = { pid: process.ppid, started: '1', host: hostname() }
  writeFileSync(`${directory}.lock`, JSON.stringify(old))
  lockDirectory(directory).release()
})

test('lockDirectory() does not take over from another machine, and says which file to remove', () => {
  const directory = fresh()
  writeFileSync(`${directory}.lock`, JSON.stringify({ pid: 1, started: '1', host: 'elsewhere' }))
  assert.throws(() => lockDirectory(directory), /process 1 on elsewhere has it open.*remove ".*\.lock"/)
})

for (const content of ['', '{', 'null', '{"pid":"1"}']) {
  test(`lockDirectory() takes over a lock file that holds ${JSON.stringify(content)}`, () => {
    const directory = fresh()
    writeFileSync(`${directory}.lock`, content)
    lockDirectory(directory).release()
  })
}

test('release() leaves a lock that another process took over alone', () => {
  const directory = fresh()
  const lock = lockDirectory(directory)
  writeFileSync(`${directory}.lock`, 'of another')
  lock.release()
  assert.equal(readFileSync(`${directory}.lock`, 'utf8'), 'of another')
})

test('lockDirectory() is given to one of many processes that find a stale lock, and leaves no draft behind', async () => {
  const directory = fresh()
  writeFileSync(`${directory}.lock`, JSON.stringify({ pid: 2 ** 22, started: '1', host: hostname() }))
  const code = `
    const { lockDirectory } = await import(${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)})
    try { lockDirectory(${JSON.stringify(directory)}); process.stdout.write('held') } catch { process.stdout.write('no') }
    process.stdin.resume().on('end', () => process.exit())`
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  const said = await Promise.all(children.map(async (child) => String((await once(child.stdout, 'data'))[0])))
  const exits = children.map((child) => once(child, 'exit'))
  for (const child of children) child.stdin.end()
  await Promise.all(exits)
  assert.equal(said.filter((word) => word === 'held').length, 1)
  const left = readdirSync(folder).filter((name) => name.startsWith(`directory ${count}.lock`))
  assert.deepEqual(left, [`directory ${count}.lock`])
})
