import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Refusal } from '../core/refusal.ts'
import { argsOf, binderOf, bindTo, type Sent } from './bind.test-support.ts'
import { body } from './places.ts'

const FILE = fileURLToPath(new URL('../../../shared/vectors/blns/blns.json', import.meta.url))

if (existsSync(FILE)) {
  const texts = JSON.parse(readFileSync(FILE, 'utf8')) as readonly string[] // a list of strings, asserted below

  test('bind() keeps every naughty string as it is, from each source', () => {
    assert.ok(texts.length > 500)
    const binder = binderOf({ x: z.string() })
    const path = binderOf({ x: z.string() }, { pathNames: ['x'] })
    for (const text of texts) {
      assert.equal(typeof text, 'string')
      if (text.includes('\0') || !text.isWellFormed()) continue
      const encoded = encodeURIComponent(text)
      assert.deepEqual(argsOf(binder, { query: `x=${encoded}` }), { x: text })
      assert.deepEqual(argsOf(binder, { form: `x=${encoded}` }), { x: text })
      assert.deepEqual(argsOf(binder, { json: { x: text } }), { x: text })
      assert.deepEqual(argsOf(path, { path: [encoded] }), { x: text })
    }
  })

  test('bind() answers a naughty string with arguments or 400, whatever the type', () => {
    const types = [
      z.int(),
      z.number(),
      z.bigint(),
      z.boolean(),
      z.date(),
      z.enum(['a']),
      z.array(z.int()),
      z.object({}),
      z.json(),
      z.email(),
      z.url(),
    ]
    for (const type of types) {
      const binder = binderOf({ x: type.optional() })
      const whole = binderOf({ x: body(z.record(z.string(), type)) })
      for (const text of texts) {
        for (const sent of waysToSend(text)) assertAnswered([bindTo(binder, sent), bindTo(whole, sent)])
      }
    }
  })
} else {
  const isOptional = process.env['CI'] !== 'true'
  test('naughty strings', { skip: isOptional && 'skipped: ../shared/vectors/blns is not here' }, () => {
    assert.fail(`${FILE} is missing`)
  })
}

function waysToSend(text: string): readonly Sent[] {
  const encoded = encodeURIComponent(text.toWellFormed())
  return [
    { query: `x=${encoded}` },
    { query: `${encoded}=1` },
    { form: `x=${encoded}` },
    { json: { x: text } },
    { body: text },
  ]
}

function assertAnswered(outcomes: readonly unknown[]): void {
  for (const outcome of outcomes) {
    assert.ok(!(outcome instanceof Promise))
    if (outcome instanceof Refusal) assert.ok(outcome.status === 400 || outcome.status === 415, outcome.message)
  }
}
