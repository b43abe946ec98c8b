import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, guichet, perMinute } from 'guichet'
import { custom } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { enterRecipes, openRecipes, TRANSPORTS } from '../opened.test-support.ts'

for (const transport of TRANSPORTS) {
  describe(`API6 unrestricted access to sensitive business flows (${transport})`, () => {
    it('a flow is limited for each user, however many calls run at once and whatever they say of their address', async () => {
      const user = custom('name', (call) => call.header('x-name') ?? null)
      const shop = guichet({ name: 'shop', authn: [user] })
      let sold = 0
      shop.post('/buy', { authorize: AUTH, limit: perMinute(5) }, () => ++sold)
      await using opened = await openTestApp(shop, { transport })
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const headers = {
            'x-name': 'ana',
            'x-forwarded-for': `203.0.113.${i}`,
            'x-real-ip': `203.0.113.${i}`,
            forwarded: `for=203.0.113.${i}`,
          }
          return (await opened.client.post('/buy', { headers })).status
        }),
      )
      assert.equal(statuses.filter((status) => status === 200).length, 5)
      assert.equal(statuses.filter((status) => status === 429).length, 45)
      assert.equal(sold, 5)
      await opened.client.post('/buy', { headers: { 'x-name': 'bea' }, expect: 200 })
      const refused = await opened.client.post('/buy', { headers: { 'x-name': 'ana' }, expect: 429 })
      assert.match(refused.header('retry-after') ?? '', /^\d+$/)
    })

    it('guesses of a password are limited', async () => {
      await using opened = await openRecipes(transport)
      await enterRecipes(opened.client, 'ana')
      const statuses = new Set<number>()
      for (let i = 0; i < 22; i++) {
        statuses.add(
          (await opened.client.post('/login', { json: { username: 'ana', password: `guess number ${i}` } })).status,
        )
      }
      assert.deepEqual([...statuses], [401, 429])
    })
  })
}
