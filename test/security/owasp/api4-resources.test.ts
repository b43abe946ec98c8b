import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { guichet, OPEN } from 'guichet'
import { openTestApp } from 'guichet/testing'
import { z } from 'zod'
import { enterRecipes, openComics, openRecipes, talk, TRANSPORTS } from '../opened.test-support.ts'

for (const transport of TRANSPORTS) {
  describe(`API4 unrestricted resource consumption (${transport})`, () => {
    it('bodies, depths, fields, addresses and pages have limits', async () => {
      await using opened = await openComics(transport)
      const admin = opened.client.as('calvin')
      const json = { 'content-type': 'application/json' }
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      await admin.post('/stuff', { body: `{"stuff":"${'a'.repeat(1024 * 1024)}"}`, headers: json, expect: 413 })
      await admin.post('/users-mgt', { body: `${'{"u":'.repeat(65)}1${'}'.repeat(65)}`, headers: json, expect: 400 })
      await admin.post('/stuff', { body: '['.repeat(500_000), headers: json, expect: 400 })
      await admin.post('/stuff', { body: 'a=1&'.repeat(1001), headers: form, expect: 413 })
      await admin.get(`/stuff?${'a=1&'.repeat(1001)}`, { expect: 400 })
      await admin.post('/stuff', {
        body: gzipSync('{"stuff":"a"}'),
        headers: { ...json, 'content-encoding': 'gzip' },
        expect: 415,
      })
      if (transport === 'socket') {
        await admin.get(`/${'a'.repeat(8 * 1024)}`, { expect: 414 })
        await admin.get('/stuff', { headers: { 'x-long': 'a'.repeat(8 * 1024) }, expect: 431 })
        const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'a']))
        await admin.get('/stuff', { headers: many, expect: 431 })
      }
      await using recipes = await openRecipes(transport)
      const ana = recipes.client.withToken((await enterRecipes(recipes.client, 'ana')).access_token)
      for (const size of [0, 101, -1, 1e9, 'all']) await ana.get('/recipes', { query: { size }, expect: 400 })
    })

    it('a value that the database cannot keep is the mistake of who sent it', async () => {
      await using opened = await openComics(transport)
      const long = Array.from({ length: 40_000 }, (_, i) => (i * 7919).toString(36)).join('')
      await opened.client.post('/stuff', { json: { stuff: long }, expect: 400 })
    })
  })
}

describe('API4 unrestricted resource consumption (slow peers)', () => {
  it('a peer that sends slowly, or nothing, is let go', async () => {
    const limits = {
      firstByteTimeoutMs: 100,
      headTimeoutMs: 100,
      bodyRateGraceMs: 100,
      bodyRateBytesMin: 1000,
      idleTimeoutMs: 100,
    }
    const slow = guichet({ name: 'slow', limits })
    slow.post('/', { authorize: OPEN, params: { a: z.string().optional() } }, () => 'done')
    await using opened = await openTestApp(slow, { transport: 'socket' })
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
    assert.match(await talk(opened.client, ''), /^$/)
    assert.match(await talk(opened.client, 'GET / HTTP/1.1\r\nHo'), /^HTTP\/1.1 408 |^$/)
    assert.match(await talk(opened.client, `${post}{`), /^HTTP\/1.1 408 /)
  })
})
