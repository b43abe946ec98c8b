import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chunkVectors } from '../vectors/http1/chunk-vectors.ts'
import { fieldVectors } from '../vectors/http1/field-vectors.ts'
import { framingVectors } from '../vectors/http1/framing-vectors.ts'
import type { RequestVector } from '../vectors/http1/request-vector.ts'
import { startLineVectors } from '../vectors/http1/start-line-vectors.ts'
import { createReaders } from './http-readers.ts'
import type { Reading } from './http-readers.ts'

const readers = createReaders()
after(() => readers.close())

const groups: Readonly<Record<string, readonly RequestVector[]>> = {
  'request lines': startLineVectors,
  fields: fieldVectors,
  framing: framingVectors,
  chunks: chunkVectors,
}

function outcomeOf({ messages, statuses }: Reading): readonly (string | number)[] {
  const served = messages.map(({ method, target, body }) => `${method} ${target}${body === '' ? '' : ` ${body}`}`)
  return [...served, ...statuses.filter((status) => status >= 400)]
}

for (const [name, vectors] of Object.entries(groups)) {
  test(`Http1Engine makes of ${name} what the vectors say, whole and cut at every byte`, async () => {
    for (const [what, bytes, outcome] of vectors) {
      const reading = await readers.readOurs(bytes)
      assert.deepEqual(outcomeOf(reading), outcome, what)
      // Long ones repeat one character: their ends are what matters.
      const step = Math.max(1, Math.ceil(bytes.length / 500))
      const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
        bytes.slice(i * step, (i + 1) * step),
      )
      assert.deepEqual(await readers.readOurs(pieces), reading, `${what}, cut`)
      for (let at = step; at < bytes.length; at += step) {
        assert.deepEqual(
          await readers.readOurs([bytes.slice(0, at), bytes.slice(at)]),
          reading,
          `${what}, cut at ${at}`,
        )
      }
    }
  })
}
