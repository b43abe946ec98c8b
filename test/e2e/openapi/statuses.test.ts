import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { OpenApiDocument, Operation } from 'guichet/openapi'
import {
  openTestApp,
  type AnyApp,
  type RequestOptions,
  type TestApp,
  type TestClient,
  type TestReply,
} from 'guichet/testing'
import { z } from 'zod'
import { app as recipes } from '../../../examples/recipes/app.ts'
import { sampleOf } from '../../../src/openapi/sample-value.ts'
import { app as comics } from '../../../examples/comics/app.ts'

interface Called {
  readonly method: string
  readonly template: string
  readonly operation: Operation
}

/** What is sent to each operation, beside what a well-behaved client sends. */
const BODIES: readonly RequestOptions[] = [
  {},
  { json: {} },
  { json: { surprise: [1, null] } },
  { json: [] },
  { body: '{"a":', headers: { 'content-type': 'application/json' } },
  { body: 'a=%zz', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  { body: 'x', headers: { 'content-type': 'text/plain' } },
  { body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
  { body: new Uint8Array(1024 * 1024 + 1), headers: { 'content-type': 'application/json' } },
]

type Args = Readonly<Record<string, string | number>>

interface Documented {
  readonly name: string
  readonly app: AnyApp
  readonly users: Readonly<Record<string, string>>
  readonly prefix: string
  /** Requests that samples do not make: id of the operation, values of its path, the rest. */
  readonly further: readonly (readonly [id: string, args: Args, options: RequestOptions])[]
}

const RECIPE = { title: 'Bolo', ingredients: 'milho', time_minutes: 40 }
const ANA = { username: 'ana', password: 'correct horse battery' }

const APPS: readonly Documented[] = [
  {
    name: 'comics',
    app: comics,
    users: { calvin: 'hobbes', hobbes: 'susie', susie: 'derkins' },
    prefix: '',
    further: [],
  },
  {
    name: 'recipes',
    app: recipes,
    users: {},
    prefix: '/v1',
    further: [
      ['postRegister', {}, { json: ANA }],
      ['postLogin', {}, { form: ANA }],
      ['postRecipes', {}, { json: RECIPE }],
      ['getRecipesById', { id: 99 }, {}],
      ['putRecipesById', { id: 99 }, { json: RECIPE }],
      ['getRecipesById', { id: '1e3' }, {}],
      ['getScrapeTitle', {}, { query: { url: 'http://0x7f.1/' } }],
      ['getScrapeContent', {}, { query: { url: 'http://name.invalid/' } }],
      ['getApidocsByFile', { file: 'package.json' }, {}],
      ['getApidocsByFile', { file: 'swagger-ui.css' }, { headers: { range: 'bytes=0-9' } }],
      ['getApidocsByFile', { file: 'swagger-ui.css' }, { headers: { range: 'bytes=99999999-' } }],
      ['getApidocsByFile', { file: 'swagger-ui.css' }, { headers: { 'if-match': '"other"' } }],
      ['getApidocsByFile', { file: 'start.js' }, {}],
    ],
  },
]

for (const { name, app, users, prefix, further } of APPS) {
  describe(`the document of ${name}`, () => {
    let opened: TestApp
    let document: OpenApiDocument
    const seen = new Set<string>()

    before(async () => {
      opened = await openTestApp(app, { users, environment: { GUICHET_PREFIX: prefix } })
      document = (await opened.client.get(`${prefix}/openapi.json`, { expect: 200 })).json as OpenApiDocument
    })
    after(() => opened.close())

    const operations = (): readonly Called[] =>
      Object.entries(document.paths).flatMap(([template, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), template, operation })),
      )

    const check = ({ method, template, operation }: Called, reply: TestReply): void => {
      const what = `${method} ${template} answered ${reply.status}: ${reply.text.slice(0, 300)}`
      const response = operation.responses[String(reply.status)]
      assert.ok(response !== undefined, `${what}, and its document has ${Object.keys(operation.responses).join(' ')}`)
      seen.add(String(reply.status))
      const type = reply.header('content-type')
      const media = response.content?.[type ?? ''] ?? response.content?.['*/*']
      assert.ok(reply.bytes.length === 0 || media !== undefined, `${what} as ${type}`)
      if (media === undefined || !type?.includes('json')) return
      const json = reply.json as { readonly code?: string }
      if (type === 'application/problem+json') {
        assert.ok(
          Object.keys(media.examples ?? {}).some((one) => one.startsWith(json.code ?? '?')),
          `${what}: its code`,
        )
      }
      const schema = { ...media.schema, $defs: document.components.schemas }
      const text = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')
      const { error } = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(json)
      assert.equal(error, undefined, `${what}: ${error?.message}`)
    }

    const call = async (
      client: TestClient,
      called: Called,
      options: RequestOptions,
      args: Args = {},
    ): Promise<void> => {
      const { method, template, operation } = called
      const values = { ...sampleArgs(operation), ...args }
      const path = template.replaceAll(/\{(\w+)\}/g, (_, arg: string) => encodeURIComponent(String(values[arg] ?? 1)))
      check(called, await client.request(method, prefix + path, options))
    }

    it('has every route of the app', () => {
      const routes = opened.app?.routes ?? []
      const declared = routes.flatMap(({ declaration }) =>
        declaration.methods.map(
          (method) => `${method} ${declaration.path.slice(prefix.length).replaceAll(/[:*](\w+)/g, '{$1}')}`,
        ),
      )
      assert.deepEqual(
        declared.toSorted(),
        operations()
          .map(({ method, template }) => `${method} ${template}`)
          .toSorted(),
      )
      assert.equal(document.servers[0]?.url, prefix || '/')
    })

    it('has ids and texts that are each there once', () => {
      const ids = operations().map(({ operation }) => operation.operationId)
      assert.equal(new Set(ids).size, ids.length)
      assert.ok(operations().every(({ operation }) => operation.summary !== '' && operation.description !== ''))
    })

    it('lacks no status that a route answers', async () => {
      const { client } = opened
      const callers = [client.withToken('wrong'), client.withPassword('calvin', 'wrong'), client]
      for (const user of Object.keys(users)) callers.push(client.as(user))
      if (name === 'recipes') callers.push(client.withToken(await loginTo(client, prefix)))
      const garbageFrom = new Set([callers.at(2), callers.at(-1)])
      for (const caller of callers) {
        for (const called of operations().toSorted((a, b) => rank(a) - rank(b))) {
          const good = sampleRequest(called.operation)
          await call(caller, called, good)
          await call(caller, called, { ...good, query: { surprise: 1 } })
          const mayHaveBody = called.operation.requestBody !== undefined || called.method !== 'GET'
          const bodies = mayHaveBody && garbageFrom.has(caller) ? BODIES : BODIES.slice(0, 1)
          for (const body of bodies) await call(caller, called, body)
        }
      }
      for (const [id, args, options] of further) {
        const called = operations().find(({ operation }) => operation.operationId === id)
        assert.ok(called !== undefined, id)
        const caller = name === 'recipes' ? client.withToken(await loginTo(client, prefix)) : client
        await call(id === 'postRegister' ? client : caller, called, options, args)
      }
      for (const status of ['200', '201', '204', '400', '401', '404', '409', '413', '415']) {
        assert.ok(seen.has(status), `no call was answered with ${status}`)
      }
    })
  })
}

/** Reading first; what ends a login last. */
function rank({ method, template }: Called): number {
  return template.endsWith('/logout') ? 9 : ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].indexOf(method)
}

async function loginTo(client: TestClient, prefix: string): Promise<string> {
  await client.post(`${prefix}/register`, { json: ANA })
  const reply = await client.post(`${prefix}/login`, { json: ANA, expect: 200 })
  return (reply.json as { access_token: string }).access_token
}

function sampleArgs(operation: Operation): Args {
  return Object.fromEntries(
    (operation.parameters ?? []).map(({ name, schema }) => [name, String(sampleOf(schema ?? {}))]),
  )
}

function sampleRequest(operation: Operation): RequestOptions {
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query' && parameter.required)
  const pairs = Object.fromEntries(query.map(({ name, schema }) => [name, String(sampleOf(schema ?? {}))]))
  const schema = operation.requestBody?.content['application/json']?.schema
  return { query: pairs, ...(schema === undefined ? {} : { json: sampleOf(schema) }) }
}
