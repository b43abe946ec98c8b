import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { EventStreamOutlet } from './event-stream-outlet.ts'
import { eventStreamJson } from './json-encoding.ts'

const LONG_MS = 1_000_000

function open(heartbeatIntervalMs = LONG_MS): { readonly outlet: EventStreamOutlet; readonly gone: () => number } {
  let count = 0
  return { outlet: new EventStreamOutlet(eventStreamJson, heartbeatIntervalMs, () => count++), gone: () => count }
}

const text = ({ value }: IteratorResult<Uint8Array>): string => Buffer.from(value ?? []).toString()
const bytes = (word: string): Uint8Array => Buffer.from(word)

test('EventStreamOutlet gives all that waits in one piece, and then what comes', async () => {
  const { outlet } = open()
  outlet.write(bytes('a'))
  outlet.write(bytes('b'))
  assert.equal(outlet.bufferedBytes, 2)
  assert.equal(text(await outlet.next()), 'ab')
  assert.equal(outlet.bufferedBytes, 0)
  const next = outlet.next()
  outlet.write(bytes('c'))
  assert.equal(text(await next), 'c')
  await outlet.return()
})

test('EventStreamOutlet says when what waited was taken', async () => {
  const { outlet } = open()
  let drained = 0
  outlet.onDrain = () => drained++
  outlet.write(bytes('a'))
  await outlet.next()
  await Promise.resolve()
  assert.equal(drained, 1)
  await outlet.return()
})

test('EventStreamOutlet beats while nothing else is sent', async () => {
  const { outlet } = open(5)
  assert.equal(text(await outlet.next()), ':\n\n')
  await outlet.return()
})

test('end() tells the reason, then ends the stream', async () => {
  const { outlet, gone } = open()
  outlet.write(bytes('a'))
  outlet.end(new Refusal('ROOMS_REVOKED'))
  outlet.write(bytes('late'))
  assert.match(text(await outlet.next()), /^adata: {"type":"refused".*"code":"ROOMS_REVOKED"/)
  assert.equal((await outlet.next()).done, true)
  assert.equal(gone(), 1)
})

test('cut() ends a reader that waits, and tells it once', async () => {
  const { outlet, gone } = open()
  const next = outlet.next()
  outlet.cut()
  outlet.cut()
  assert.equal((await next).done, true)
  assert.equal(gone(), 1)
})
