import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../../bin/guichet.mjs', import.meta.url))
const COMICS = fileURLToPath(new URL('../../../examples/comics/app.ts', import.meta.url))

it('guichet ends quietly when the reader of its output has seen enough', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-pipe-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const line =
    '{"at":"2026-01-02T03:04:05.006Z","id":"a-1","status":200,"ms":1,"method":"GET","peer":"::1","route":"/stuff"}\n'
  writeFileSync(join(folder, 'audit.jsonl'), line.repeat(50_000))
  const env = { ...process.env, NODE_OPTIONS: '', GUICHET_AUDIT: join(folder, 'audit.jsonl') }
  // What `sh` prints last is the exit code of guichet, not that of head.
  const text = '{ "$0" "$1" audit --json "$2"; echo "code $?" >&2; } | head -n 1'
  const { stdout, stderr } = spawnSync('sh', ['-c', text, process.execPath, BIN, COMICS], { env, encoding: 'utf8' })
  assert.equal(stdout, line)
  assert.equal(stderr, 'code 0\n')
})
