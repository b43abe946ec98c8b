import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, guichet, OPEN } from 'guichet'
import { apiKey, basic, createApiKey, digest, token } from 'guichet/authn'
import { openTestApp, type TestApp } from 'guichet/testing'
import { SECRET, talk, type Transport, TRANSPORTS } from './opened.test-support.ts'

// What was sent without TLS was read on the way: it is refused, right or wrong, and never forwarded to HTTPS.

const FROM_FAR = { 'x-forwarded-for': '203.0.113.5' }
const OVER_TLS = { ...FROM_FAR, 'x-forwarded-proto': 'https' }
const { key, hash } = createApiKey()
const production = { NODE_ENV: 'production', GUICHET_SECRET: SECRET, LOG_LEVEL: 'silent' }
const credentials = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

function openShop(transport: Transport, environment: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const shop = guichet({
    name: 'shop',
    authn: [token(), apiKey({ owner: (sent) => (sent === hash ? 'robot' : null) }), basic({ password: () => null })],
  })
  shop.get('/open', { authorize: OPEN }, (_, { user }) => user)
  shop.get('/me', { authorize: AUTH }, (_, { user }) => user)
  return openTestApp(shop, { transport, environment: { ...production, ...environment } })
}

for (const transport of TRANSPORTS) {
  describe(`credentials over plain HTTP in production (${transport})`, () => {
    it('are refused, right and wrong ones with one answer, on open routes too', async () => {
      await using opened = await openShop(transport)
      const all = [
        { authorization: credentials('ana:wrong') },
        { authorization: 'Bearer forged' },
        { 'x-api-key': key },
        { 'x-api-key': 'wrong' },
      ]
      for (const headers of all) {
        for (const path of ['/open', '/me']) {
          const reply = await opened.client.get(path, { headers: { ...FROM_FAR, ...headers }, expect: 403 })
          assert.match(reply.text, /AUTHN_CLEAR_TEXT/)
          assert.equal(reply.header('www-authenticate'), undefined)
        }
      }
    })

    it('are not asked for', async () => {
      await using opened = await openShop(transport)
      const reply = await opened.client.get('/me', { headers: FROM_FAR, expect: 403 })
      assert.equal(reply.header('www-authenticate'), undefined)
      await opened.client.get('/open', { headers: FROM_FAR, expect: { status: 200, json: null } })
    })

    it('are taken over TLS that a listed proxy ends, from the machine itself, and where plain HTTP was accepted', async () => {
      const headers = { 'x-api-key': key }
      await using listed = await openShop(transport, { GUICHET_TRUSTED_PROXIES: '127.0.0.1' })
      await listed.client.get('/me', { headers: { ...headers, ...OVER_TLS }, expect: { status: 200, json: 'robot' } })
      await listed.client.get('/me', { headers: { ...headers, ...FROM_FAR }, expect: 403 })
      await using unlisted = await openShop(transport)
      await unlisted.client.get('/me', { headers: { ...headers, ...OVER_TLS }, expect: 403 })
      await unlisted.client.get('/me', { headers, expect: { status: 200, json: 'robot' } })
      await using plain = await openShop(transport, { GUICHET_PLAIN_HTTP: 'yes' })
      await plain.client.get('/me', { headers: { ...headers, ...FROM_FAR }, expect: { status: 200, json: 'robot' } })
    })

    it('are taken where they hide the password (Digest)', async () => {
      const app = guichet({ name: 'app', authn: [digest({ ha1: () => null })] })
      app.get('/me', { authorize: AUTH }, (_, { user }) => user)
      await using opened = await openTestApp(app, { transport, environment: production })
      const reply = await opened.client.get('/me', { headers: FROM_FAR, expect: 401 })
      assert.match(reply.header('www-authenticate') ?? '', /^Digest /)
    })
  })
}

describe('a WebSocket over plain HTTP in production', () => {
  const join = (headers: Readonly<Record<string, string>>): string =>
    [
      'GET /room HTTP/1.1',
      'Host: a',
      'Connection: Upgrade, close',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '\r\n',
    ].join('\r\n')

  it('is not opened with credentials, nor where it needs a user', async () => {
    const app = guichet({ name: 'rooms', authn: [apiKey({ owner: (sent) => (sent === hash ? 'robot' : null) })] })
    app.channel('/room', { authorize: AUTH, messages: { say: { params: {} } } })
    await using opened = await openTestApp(app, { transport: 'socket', environment: production })
    for (const headers of [{ 'x-api-key': key }, { 'x-api-key': 'wrong' }, {}]) {
      const answer = await talk(opened.client, join({ ...FROM_FAR, ...headers }))
      assert.match(answer, /^HTTP\/1\.1 403 /)
      assert.match(answer, /AUTHN_CLEAR_TEXT/)
    }
  })
})
