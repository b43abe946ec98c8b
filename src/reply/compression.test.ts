import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pipeline, Readable } from 'node:stream'
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  zstdDecompressSync,
} from 'node:zlib'
import type { EncodedReply } from '../core/reply.ts'
import { HeadBlock } from '../core/reply.ts'
import { chooseCoding, compressReply, isCompressibleType } from './compression.ts'

const JSON_HEAD = new HeadBlock(['content-type', 'application/json', 'x-fixed', 'y'])
const TEXT = JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ id: i, name: 'a café' })))
const REPLY: EncodedReply = { status: 200, head: JSON_HEAD, headers: null, body: TEXT }

function headersOf(reply: EncodedReply): Record<string, string> {
  const pairs: [string, string][] = []
  const headers = reply.headers ?? []
  for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i] ?? '', headers[i + 1] ?? ''])
  return Object.fromEntries(pairs)
}

async function bytesOf(reply: EncodedReply): Promise<Buffer> {
  const { body } = reply
  if (body === null || typeof body === 'string') return Buffer.from(body ?? '')
  if (body instanceof Uint8Array) return Buffer.from(body)
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('chooseCoding() takes the best of what the peer likes best', () => {
  assert.equal(chooseCoding('gzip, deflate, br, zstd'), 'zstd')
  assert.equal(chooseCoding('gzip, deflate, br'), 'br')
  assert.equal(chooseCoding('gzip;q=1.0, br;q=0.5'), 'gzip')
  assert.equal(chooseCoding('*'), 'zstd')
  assert.equal(chooseCoding('*, zstd;q=0, br;q=0'), 'gzip')
  assert.equal(chooseCoding('gzip;q=0'), null)
  assert.equal(chooseCoding('identity'), null)
  assert.equal(chooseCoding('identity, gzip;q=0.9'), null)
  assert.equal(chooseCoding('identity;q=0.5, gzip;q=0.5'), 'gzip')
  assert.equal(chooseCoding('*;q=0.1, gzip;q=0.05'), 'zstd')
  assert.equal(chooseCoding('gzip;q=0.001'), 'gzip')
  assert.equal(chooseCoding('identity;q=0, *;q=0'), null)
  assert.equal(chooseCoding(''), null)
})

test('isCompressibleType() knows types that repeat themselves', () => {
  for (const type of ['text/html; charset=utf-8', 'Application/JSON', 'application/problem+json', 'image/svg+xml']) {
    assert.equal(isCompressibleType(type), true, type)
  }
  for (const type of [
    'image/png',
    'video/mp4',
    'application/zip',
    'application/octet-stream',
    'text/event-stream',
    '',
  ]) {
    assert.equal(isCompressibleType(type), false, type)
  }
})

test('compressReply() compresses by each coding, small bodies and large ones', async () => {
  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync } as const
  for (const [coding, decode] of Object.entries(decoders)) {
    for (const body of [TEXT, Buffer.from(TEXT), TEXT.repeat(20)]) {
      const reply = await compressReply({ ...REPLY, body }, coding)
      assert.equal(headersOf(reply)['content-encoding'], coding)
      assert.equal(headersOf(reply)['vary'], 'accept-encoding')
      const bytes = await bytesOf(reply)
      assert.ok(bytes.length < body.length / 4)
      assert.equal(decode(bytes).toString(), body.toString())
    }
  }
})

test('compressReply() compresses a stream as it comes', async () => {
  const body = (async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 20; i += 1) yield Buffer.from(TEXT)
  })()
  const reply = await compressReply({ ...REPLY, body, bodyBytes: 20 * Buffer.byteLength(TEXT) }, 'gzip')
  assert.equal(reply.bodyBytes, undefined)
  assert.equal(gunzipSync(await bytesOf(reply)).toString(), TEXT.repeat(20))
})

const DECODERS = { gzip: createGunzip, br: createBrotliDecompress, zstd: createZstdDecompress } as const

for (const [coding, createDecoder] of Object.entries(DECODERS)) {
  test(`compressReply() sends what a slow stream has given so far (${coding})`, async () => {
    const heard = Promise.withResolvers<void>()
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first')
      await heard.promise
      yield Buffer.from(' second')
    }
    const reply = await compressReply({ ...REPLY, body: body() }, coding)
    const decoder = createDecoder()
    pipeline(Readable.from(reply.body as AsyncIterable<Uint8Array>), decoder, () => undefined) // it was a stream
    let text = ''
    for await (const piece of decoder) {
      text += String(piece)
      if (text === 'first') heard.resolve()
    }
    assert.equal(text, 'first second')
  })
}

test('compressReply() passes on the failure of a stream, and ends its source when the reader leaves', async () => {
  let isEnded = false
  const source = async function* (isFailing: boolean): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from(TEXT)
      if (isFailing) throw new Error('the source broke')
      for (;;) yield Buffer.from(TEXT)
    } finally {
      isEnded = true
    }
  }
  const failing = await compressReply({ ...REPLY, body: source(true) }, 'br')
  await assert.rejects(bytesOf(failing), /the source broke/)
  assert.equal(isEnded, true)
  isEnded = false
  const left = await compressReply({ ...REPLY, body: source(false) }, 'gzip')
  assert.ok(left.body !== null && typeof left.body !== 'string' && !(left.body instanceof Uint8Array))
  for await (const piece of left.body) if (piece.length > 0) break
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isEnded, true)
})

test('compressReply() leaves what is small, coded, partial, marked, or of another type', async () => {
  const unchanged: EncodedReply[] = [
    { ...REPLY, body: 'x'.repeat(1023) },
    { ...REPLY, body: null },
    { ...REPLY, status: 206 },
    { ...REPLY, headers: ['Content-Encoding', 'br'] },
    { ...REPLY, headers: ['content-range', 'bytes 0-1/2'] },
    { ...REPLY, headers: ['cache-control', 'private, no-transform'] },
    { ...REPLY, headers: ['content-type', 'image/png'] },
    { ...REPLY, head: new HeadBlock([]) },
  ]
  for (const reply of unchanged) assert.equal(await compressReply(reply, 'gzip'), reply)
})

test('compressReply() says what the answer depends on, also when it stays as it is', async () => {
  assert.deepEqual((await compressReply(REPLY, undefined)).headers, ['vary', 'accept-encoding'])
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * i * 7919 + (i >> 3) * 104_729) & 255))
  const incompressible = await compressReply({ ...REPLY, body: noise.toString('base64url').slice(0, 1024) }, 'identity')
  assert.deepEqual(incompressible.headers, ['vary', 'accept-encoding'])
  const varied = await compressReply({ ...REPLY, headers: ['vary', 'Origin, Accept-Encoding'] }, 'gzip')
  assert.deepEqual(varied.headers, ['content-encoding', 'gzip', 'vary', 'Origin, Accept-Encoding'])
})

test('compressReply() names the coding in a strong tag', async () => {
  const strong = await compressReply({ ...REPLY, headers: ['ETag', '"abc"', 'accept-ranges', 'bytes'] }, 'gzip')
  assert.deepEqual(strong.headers, ['content-encoding', 'gzip', 'ETag', '"abc-gzip"', 'vary', 'accept-encoding'])
  const weak = await compressReply({ ...REPLY, headers: ['etag', 'W/"abc"'] }, 'gzip')
  assert.equal(headersOf(weak)['etag'], 'W/"abc"')
})
