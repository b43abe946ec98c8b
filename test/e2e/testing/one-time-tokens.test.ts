import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { guichet, noContent, OPEN, refuse } from 'guichet'
import { oneTimeTokens } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { z } from 'zod'

const resets = oneTimeTokens({ purpose: 'reset' })
const mails: string[] = []

const app = guichet({ name: 'forgetful' })
app.post('/forgotten', { authorize: OPEN, params: { login: z.string() } }, async ({ login }, { cache }) => {
  mails.push(await resets.create(cache, login))
  return noContent()
})
app.post('/reset', { authorize: OPEN, params: { token: z.string() } }, async ({ token }, { cache }) => {
  const login = await resets.use(cache, token)
  if (login === null) throw refuse(400, 'this link was used, or is too old')
  return { login }
})

for (const transport of ['memory', 'socket'] as const) {
  describe(`oneTimeTokens() by ${transport}`, () => {
    it('resets a password once, by the last mail, from the handlers of an app', async () => {
      await using opened = await openTestApp(app, { transport })
      const { client } = opened
      await client.post('/forgotten', { json: { login: 'ana' }, expect: 204 })
      await client.post('/forgotten', { json: { login: 'ana' }, expect: 204 })
      const [first, last] = mails.splice(0)
      assert.notEqual(first, last)
      await client.post('/reset', { json: { token: first }, expect: 400 })
      await client.post('/reset', { json: { token: last }, expect: { status: 200, json: { login: 'ana' } } })
      await client.post('/reset', { json: { token: last }, expect: 400 })
    })
  })
}
