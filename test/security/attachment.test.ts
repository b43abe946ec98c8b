import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { attachment, guichet, OPEN } from 'guichet'
import { openTestApp } from 'guichet/testing'
import { z } from 'zod'
import { TRANSPORTS } from './opened.test-support.ts'

const files = guichet({ name: 'files' })
const PAGE = '<script>alert(1)</script>'
files.get('/bytes', { authorize: OPEN, params: { name: z.string() } }, ({ name }) =>
  attachment(new Uint8Array([0, 255]), name),
)
files.get('/text', { authorize: OPEN }, () => attachment('a;é', 'é.csv', 'text/csv'))
files.get('/page', { authorize: OPEN }, () => attachment(PAGE, 'page.html', 'text/html'))
files.get('/stream', { authorize: OPEN }, () =>
  attachment(Readable.from([Buffer.from('a'), Buffer.from('b')]), 'a.bin'),
)
files.get('/wrong', { authorize: OPEN }, () => attachment('a', 'a', 'no type\r\nx: y'))

for (const transport of TRANSPORTS) {
  describe(`attachment() (${transport})`, () => {
    it('sends bytes, text and streams as downloads', async () => {
      await using opened = await openTestApp(files, { transport, environment: { LOG_LEVEL: 'silent' } })
      const bytes = await opened.client.get('/bytes', { query: { name: 'a.bin' }, expect: 200 })
      assert.deepEqual([...bytes.bytes], [0, 255])
      assert.equal(bytes.header('content-type'), 'application/octet-stream')
      assert.equal(bytes.header('content-disposition'), 'attachment; filename="a.bin"')
      const text = await opened.client.get('/text', { expect: 200 })
      assert.equal(text.text, 'a;é')
      assert.equal(text.header('content-type'), 'text/csv; charset=utf-8')
      assert.equal(text.header('content-disposition'), `attachment; filename="_.csv"; filename*=UTF-8''%C3%A9.csv`)
      assert.equal((await opened.client.get('/stream', { expect: 200 })).text, 'ab')
      await opened.client.get('/wrong', { expect: 500 })
    })

    it('never lets what others wrote run: no name adds a header, no page is shown', async () => {
      await using opened = await openTestApp(files, { transport })
      for (const name of ['a\r\nSet-Cookie: b=c', 'a"; filename=b.html', '../../a', 'a\u202egnp.exe', '\u0001']) {
        const reply = await opened.client.get('/bytes', { query: { name }, expect: 200 })
        assert.equal(reply.header('set-cookie'), undefined)
        assert.match(
          reply.header('content-disposition') ?? '',
          /^attachment; filename="[^"\\/]+"(; filename\*=UTF-8''[\w%.!#$&+^`|~-]+)?$/,
        )
      }
      const page = await opened.client.get('/page', { expect: { status: 200, text: PAGE } })
      assert.match(page.header('content-disposition') ?? '', /^attachment;/)
      assert.equal(page.header('x-content-type-options'), 'nosniff')
      assert.match(page.header('content-security-policy') ?? '', /default-src 'none'/)
    })
  })
}
