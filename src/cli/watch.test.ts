import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import { runWatching } from './watch.ts'

test('runWatching() leaves nothing behind of processes that ended by themselves', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-watch-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'app.ts')
  writeFileSync(file, '')
  const controller = new AbortController()
  let ended = 0
  let listeners = 0
  const stderr = new Writable({
    write: (_chunk, _encoding, done) => {
      ended++
      listeners = getEventListeners(controller.signal, 'abort').length
      if (ended === 5) controller.abort()
      else writeFileSync(file, `// ${ended}`)
      done()
    },
  })
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, environment: {}, signal: controller.signal }
  const start = (): ChildProcess =>
    spawn(process.execPath, ['-e', ''], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  await runWatching(file, start, io)
  assert.deepEqual({ ended, listeners }, { ended: 5, listeners: 1 })
})
