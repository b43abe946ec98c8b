import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addRecipe,
  enterRecipes,
  nameOf,
  openComics,
  openRecipes,
  routesOf,
  TRANSPORTS,
} from '../opened.test-support.ts'

for (const transport of TRANSPORTS) {
  describe(`API1 broken object level authorization (${transport})`, () => {
    it('each route with an object permission lets the owner pass and refuses every other user, on objects of two owners', async () => {
      await using opened = await openComics(transport)
      // Object or account → its owner; calvin is an admin and still owns nothing of the others.
      const objects = {
        'GET /owned/:uid': { 2: 'hobbes', 3: 'susie' },
        'GET /object/:oid': { 2: 'hobbes', 3: 'susie' },
      }
      const guarded = routesOf(opened).filter(({ rule }) => rule.permissions.length > 0)
      assert.deepEqual(guarded.map(nameOf).toSorted(), Object.keys(objects).toSorted())
      for (const [name, owners] of Object.entries(objects)) {
        const [method = '', path = ''] = name.split(' ')
        for (const [id, owner] of Object.entries(owners)) {
          const target = path.replace(/:\w+/, id)
          for (const user of ['calvin', 'hobbes', 'susie']) {
            const expect = user === owner ? 200 : 403
            await opened.client.as(user).request(method, target, { expect })
            await opened.client.as(user).request('HEAD', target, { expect })
          }
          await opened.client.request(method, target, { expect: 401 })
        }
        await opened.client.as('hobbes').request(method, path.replace(/:\w+/, '999'), { expect: 404 })
      }
    })

    it('an object is changed and removed by its owner only, whatever else names it', async () => {
      await using opened = await openRecipes(transport)
      const guarded = routesOf(opened).filter(({ rule }) => rule.permissions.length > 0)
      assert.deepEqual(guarded.map(nameOf).toSorted(), ['DELETE /recipes/:id', 'PUT /recipes/:id'])
      const pairs = await Promise.all(['ana', 'bea'].map((name) => enterRecipes(opened.client, name)))
      const users = pairs.map((pair) => opened.client.withToken(pair.access_token))
      const recipe = { title: 'Bolo', ingredients: 'milho', time_minutes: 40 }
      const ids = await Promise.all(users.map((user) => addRecipe(user, recipe)))
      for (const [who, user] of users.entries()) {
        const others = ids[1 - who] ?? 0
        await user.put(`/recipes/${others}`, { json: recipe, expect: 403 })
        await user.delete(`/recipes/${others}`, { expect: 403 })
        // The id of one's own beside that of another.
        await user.put(`/recipes/${others}?id=${ids[who]}`, { json: recipe, expect: 400 })
        await user.put(`/recipes/${others}`, { json: { ...recipe, id: ids[who] }, expect: 400 })
        await user.put(`/recipes/${ids[who]}`, { json: recipe, expect: 204 })
      }
      for (const id of ids) await users[0]?.get(`/recipes/${id}`, { expect: 200 })
    })
  })
}
