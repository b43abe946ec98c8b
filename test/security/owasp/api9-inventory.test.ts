import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openRecipes, routesOf, TRANSPORTS } from '../opened.test-support.ts'

const METHODS: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
/** What other programs have left open. */
const FORGOTTEN = [
  '/.git/config',
  '/.env',
  '/admin',
  '/api',
  '/v1/recipes',
  '/actuator/env',
  '/debug',
  '/metrics',
  '/status',
  '/console',
  '/graphql',
  '/swagger.json',
  '/api-docs',
  '/server-status',
  '/package.json',
  '/app.ts',
  '/queries.sql',
  '/.guichet/secret',
  '/apidocs/..%2fpackage.json',
  '/apidocs/package.json',
]

for (const transport of TRANSPORTS) {
  describe(`API9 improper inventory management (${transport})`, () => {
    it('no route answers that the document lacks, and the document has none that does not', async () => {
      await using opened = await openRecipes(transport)
      const document = (await opened.client.get('/openapi.json', { expect: 200 })).json as {
        paths: Record<string, object>
      }
      const written = Object.entries(document.paths).flatMap(([path, item]) =>
        Object.keys(item)
          .filter((key) => METHODS.includes(key))
          .map((method) => `${method.toUpperCase()} ${path}`),
      )
      const declared = routesOf(opened).flatMap(({ declaration }) =>
        declaration.methods.map((method) => `${method} ${declaration.path.replace(/[:*](\w+)/g, '{$1}')}`),
      )
      const ofDocs = ['GET /openapi.json', 'GET /apidocs', 'GET /apidocs/{file}']
      assert.deepEqual(declared.toSorted(), [...new Set([...written, ...ofDocs])].toSorted())
      for (const path of FORGOTTEN) {
        const { status } = await opened.client.get(path)
        assert.equal(status, 404, path)
      }
    })
  })
}
