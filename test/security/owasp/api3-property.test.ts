import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestApp } from 'guichet/testing'
import {
  addRecipe,
  enterRecipes,
  fillPath,
  openComics,
  openRecipes,
  routesOf,
  TRANSPORTS,
} from '../opened.test-support.ts'

const NAMES = ['isAdmin', 'is_admin', 'uid', '__proto__', 'constructor', 'surely_unknown']

/** Method, path and a name that the route does not declare. */
function undeclared(opened: TestApp): readonly (readonly [method: string, path: string, name: string])[] {
  // Those with schemes of their own refuse the credentials of this test first.
  const routes = routesOf(opened).filter(
    ({ rule, declaration }) => rule.text !== 'CLOSED' && declaration.spec.authn === undefined,
  )
  return routes.flatMap(({ declaration }) => {
    const path = fillPath(declaration.path, { uid: 1 })
    const names = NAMES.filter((name) => name !== 'uid' || !path.startsWith('/owned/'))
    const methods = declaration.methods.filter((method) => method !== 'HEAD')
    return methods.flatMap((method) => names.map((name) => [method, path, name] as const))
  })
}

for (const transport of TRANSPORTS) {
  describe(`API3 broken object property level authorization (${transport})`, () => {
    it('a name that a route does not declare is refused everywhere and changes nothing', async () => {
      await using opened = await openComics(transport)
      const admin = opened.client.as('calvin')
      const stuff = (await admin.get('/users-mgt')).text
      for (const [method, path, name] of undeclared(opened)) {
        const inQuery = await admin.request(method, path, { query: { [name]: '1' } })
        assert.equal(inQuery.status, 400, `${method} ${path}?${name}=1: ${inQuery.status}`)
        const body = `{"${name}":1}`
        const inBody = await admin.request(method, path, { body, headers: { 'content-type': 'application/json' } })
        assert.equal(inBody.status, 400, `${method} ${path} ${body}: ${inBody.status}`)
      }
      assert.equal((await admin.get('/users-mgt')).text, stuff)
    })

    it('nobody makes an admin of themselves, or an author of another', async () => {
      await using comics = await openComics(transport)
      const json = { login: 'moe', pword: 'secret' }
      for (const more of [{ isAdmin: true }, { is_admin: true }, { admin: 1 }, { uid: 1 }, { pass: 'x' }]) {
        await comics.client.post('/register', { json: { ...json, ...more }, expect: 400 })
      }
      await comics.client.withPassword('moe', 'secret').get('/whoami', { expect: 401 })
      await using recipes = await openRecipes(transport)
      const ana = recipes.client.withToken((await enterRecipes(recipes.client, 'ana')).access_token)
      const recipe = { title: 'Bolo', ingredients: 'milho', time_minutes: 40 }
      const id = await addRecipe(ana, recipe)
      for (const more of [{ author: 'bea' }, { id: 7 }, { recipe_id: 1 }]) {
        await ana.post('/recipes', { json: { ...recipe, ...more }, expect: 400 })
        await ana.put(`/recipes/${id}`, { json: { ...recipe, ...more }, expect: 400 })
      }
      await ana.get(`/recipes/${id}`, { expect: { json: { id, ...recipe, author: 'ana' } } })
    })

    it('no reply has a password or its hash', async () => {
      await using opened = await openComics(transport)
      const admin = opened.client.as('calvin')
      for (const route of routesOf(opened)) {
        const path = fillPath(route.declaration.path, {})
        if (!route.declaration.methods.includes('GET') || path.startsWith('/cmp')) continue
        const { text } = await admin.get(path)
        assert.doesNotMatch(text, /argon2|hobbes"?:|derkins/, path)
        // The document names the parameters.
        if (path !== '/openapi.json') assert.doesNotMatch(text, /pass/, path)
      }
    })
  })
}
