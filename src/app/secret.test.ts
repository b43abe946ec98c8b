import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { readSecrets } from './secret.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-secret-'))
after(() => rmSync(folder, { recursive: true }))

function secretIn(directory: string): string {
  return readSecrets('', directory, false).secrets[0] ?? ''
}

test('readSecrets() makes a secret beside the app once, for its owner alone', () => {
  const directory = join(folder, 'once')
  const secret = secretIn(directory)
  assert.ok(secret.length >= 32)
  assert.equal(secretIn(directory), secret)
  assert.deepEqual(readdirSync(directory), ['secret'])
  assert.equal(statSync(join(directory, 'secret')).mode & 0o077, 0)
})

test('readSecrets() never takes the empty file that a killed process left', () => {
  const directory = join(folder, 'once')
  writeFileSync(join(directory, 'secret'), '')
  const secret = secretIn(directory)
  assert.ok(secret.length >= 32)
  assert.equal(readFileSync(join(directory, 'secret'), 'utf8'), secret)
})

test('readSecrets() gives all processes that start at once the same', async () => {
  const directory = join(folder, 'several')
  const script = `import { readSecrets } from ${JSON.stringify(join(import.meta.dirname, 'secret.ts'))}
process.stdout.write(readSecrets('', ${JSON.stringify(directory)}, false).secrets[0])`
  const args = ['--conditions=guichet-source', '--input-type=module', '-e', script]
  const started = Array.from({ length: 6 }, () => promisify(execFile)(process.execPath, args))
  const found = new Set((await Promise.all(started)).map(({ stdout }) => stdout))
  assert.deepEqual([...found], [secretIn(directory)])
})
