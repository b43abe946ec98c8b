import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AUTH, guichet, OPEN } from 'guichet'
import { apiKey, createApiKey, custom } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'

const { key } = createApiKey()
// As what comes from a statement where types are not checked.
const row = { login: 'ana' } as unknown as string
const schemes = {
  'a row': custom('own', () => row),
  'an identity of an empty text': custom('own', () => ({
    user: '',
    claims: {},
    scopes: [],
    authenticatedAtMs: null,
    credentialId: null,
    isAmbient: false,
  })),
  'the owner of a key that is an empty text': apiKey({ owner: () => '' }),
}

for (const [name, scheme] of Object.entries(schemes)) {
  for (const transport of ['memory', 'socket'] as const) {
    test(`nobody comes in as ${name} (${transport})`, async () => {
      const app = guichet({ name: 'nameless', authn: [scheme] })
      app.get('/known', { authorize: AUTH }, (_, { user }) => ({ user }))
      app.get('/open', { authorize: OPEN }, (_, { user }) => ({ user }))
      await using opened = await openTestApp(app, { transport, environment: { LOG_LEVEL: 'silent' } })
      for (const path of ['/known', '/open']) {
        const { status } = await opened.client.get(path, { headers: { 'x-api-key': key } })
        assert.equal(status, 500, path)
      }
    })
  }
}
