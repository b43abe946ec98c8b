import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { desk } from '../app/desk.ts'
import { guichet } from '../app/guichet.ts'
import { custom } from '../authn/custom.ts'
import { session } from '../authn/session.ts'
import { allOf, anyOf, AUTH, CLOSED, OPEN, scope } from '../authz/rules.ts'
import { identityOf } from '../core/scheme.ts'
import { perMinute } from '../guard/rate-limit.ts'
import { body, cookie, file, header } from '../params/places.ts'
import { created, found } from '../reply/reply.ts'
import { type AnyApp, openTestApp } from '../testing/open-test-app.ts'
import { docs, type DocsOptions } from './docs.ts'
import type { OpenApiDocument, Operation, Parameter } from './openapi-document.ts'

const { group, permission, routes } = desk()
const ADMIN = group('ADMIN', (login) => login === 'calvin')
const WRITER = group('WRITER', (login) => login === 'susie')
const owned = permission('owned', { id: z.int() }, (login, { id }) => (id === 1 ? login === 'hobbes' : null))
const who = custom(
  'who',
  (call) => {
    const name = call.header('x-who')
    return name === undefined ? null : identityOf(name)
  },
  { describe: { type: 'apiKey', in: 'header', name: 'X-Who' } },
)

type Options = Omit<DocsOptions<unknown>, 'authorize'>

function createApp(options: Options = {}, authorize: typeof ADMIN | typeof OPEN = OPEN): AnyApp {
  const app = guichet({ name: 'sample', authn: [who, session()], limit: perMinute(1000) })
  app.get('/open', { authorize: OPEN }, () => 'hello')
  app.get('/known', { authorize: AUTH, deprecated: true }, (_, { user }) => user)
  app.get('/closed', { authorize: CLOSED }, () => null)
  app.get('/admin', { authorize: ADMIN }, () => ({ secret: 'plan' }))
  app.get('/either/:id', { authorize: anyOf(ADMIN, owned()), params: { id: z.int() } }, () => 1)
  app.get('/both', { authorize: allOf(WRITER, scope('notes:write')) }, () => 1)
  app.put('/things/:id', { authorize: owned(), params: { id: z.int(), name: z.string() } }, ({ name }) =>
    created({ name }),
  )
  app.mount('/more', more)
  app.mount('/', docs({ ...options, authorize }))
  return app
}

const Node = z.object({
  name: z.string(),
  get children() {
    return z.array(Node)
  },
})

const more = routes((r) => {
  r.get(
    '/lists',
    {
      authorize: OPEN,
      params: {
        ids: z.array(z.int()).describe('Which ones'),
        filter: z.object({ name: z.string() }).optional(),
        since: header('If-Since', z.date().optional()),
        lang: cookie('lang', z.enum(['en', 'fr']).default('en')),
      },
      tags: ['lists'],
      summary: 'Lists of things',
      description: 'All of them.',
    },
    ({ ids }) => found(ids),
  )
  r.post('/tree', { authorize: OPEN, params: { tree: body(Node) }, reply: Node, status: 201 }, ({ tree }) =>
    created(tree),
  )
  r.post(
    '/picture',
    { authorize: AUTH, params: { picture: file({ isOptional: true }), title: z.string() } },
    () => undefined,
  )
  r.get('/files/*path', { authorize: OPEN }, ({ path }) => path)
  r.post('/once', { authorize: AUTH, idempotent: 'required', fresh: 60_000, refuses: [402, 'DIAL_FAILED'] }, () =>
    created(1),
  )
})

async function read(app: AnyApp, path: string, name?: string): Promise<OpenApiDocument> {
  await using opened = await openTestApp(app)
  const headers: Record<string, string> = name === undefined ? {} : { 'x-who': name }
  return (await opened.client.get(path, { headers, expect: 200 })).json as OpenApiDocument
}

function operationOf({ paths }: OpenApiDocument, call: string): Operation {
  const [method = '', path = ''] = call.split(' ')
  const operation = paths[path]?.[method]
  assert.ok(operation !== undefined, `no ${call} in ${Object.keys(paths).join(' ')}`)
  return operation
}

const pathsOf = (document: OpenApiDocument): readonly string[] =>
  Object.keys(document.paths).filter((path) => !path.startsWith('/apidocs') && path !== '/openapi.json')
const parameterOf = ({ parameters = [] }: Operation, name: string): Parameter | undefined =>
  parameters.find((parameter) => parameter.name === name)

describe('docs()', () => {
  it('gives parameters their places', async () => {
    const document = await read(createApp(), '/openapi.json')
    const lists = operationOf(document, 'get /more/lists')
    assert.deepEqual(parameterOf(lists, 'ids'), {
      name: 'ids',
      in: 'query',
      required: true,
      description: 'Which ones',
      schema: { type: 'array', items: { type: 'integer' } },
    })
    assert.ok(parameterOf(lists, 'filter')?.content?.['application/json'])
    assert.equal(parameterOf(lists, 'if-since')?.in, 'header')
    assert.deepEqual(parameterOf(lists, 'lang')?.schema, { type: 'string', enum: ['en', 'fr'], default: 'en' })
    assert.equal(lists.summary, 'Lists of things')
    assert.match(lists.description, /^All of them\.\n\nWho may call: `OPEN`\./)
    assert.deepEqual(lists.tags, ['lists'])
    const picture = operationOf(document, 'post /more/picture').requestBody?.content['multipart/form-data']
    assert.deepEqual(picture?.schema['required'], ['title'])
    assert.equal(operationOf(document, 'get /more/files/{path}').parameters?.[0]?.in, 'path')
  })

  it('asks for idempotency keys that the guard takes', async () => {
    const app = guichet({ name: 'again' })
    app.mount('/', docs({ authorize: OPEN, page: false }))
    app.post('/again', { authorize: OPEN, idempotent: true }, () => 'done')
    await using opened = await openTestApp(app)
    const document = (await opened.client.get('/openapi.json')).json as OpenApiDocument
    const schema = parameterOf(operationOf(document, 'post /again'), 'Idempotency-Key')?.schema
    const pattern = new RegExp(String(schema?.['pattern']))
    for (const key of [
      'short',
      '8charact',
      'a'.repeat(128),
      'a'.repeat(129),
      'with a space',
      'back\\slash',
      '!#[]~^_`',
    ]) {
      const { status } = await opened.client.post('/again', { headers: { 'idempotency-key': key } })
      assert.equal(status === 200, pattern.test(key), key)
    }
  })

  it('moves the parts of a recursive schema to the shared ones', async () => {
    const document = await read(createApp(), '/openapi.json')
    const text = JSON.stringify(document)
    assert.doesNotMatch(text, /"\$ref":"#(?:"|\/\$defs)/)
    for (const [, kind = '', name = ''] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)) {
      assert.ok(name in document.components[kind as 'schemas'], `${kind}/${name} is missing`)
    }
    assert.ok(operationOf(document, 'post /more/tree').responses['201']?.content?.['application/json'])
  })

  it('lists the refusals of each stage', async () => {
    const document = await read(createApp(), '/openapi.json')
    const statuses = (call: string): string => Object.keys(operationOf(document, call).responses).join(' ')
    assert.equal(statuses('get /open'), '200 400 401 429 500 503 4XX')
    assert.equal(statuses('get /closed'), '200 400 401 403 429 500 503 4XX')
    assert.equal(statuses('put /things/{id}'), '201 400 401 403 404 408 413 415 429 500 503 4XX')
    assert.equal(statuses('post /more/once'), '201 400 401 402 403 408 409 413 415 422 429 500 502 503 4XX')
    const examples = operationOf(document, 'post /more/once').responses['401']?.content?.['application/problem+json']
      ?.examples
    assert.ok(examples !== undefined && 'AUTHN_NOT_FRESH' in examples)
  })

  it('asks for credentials where dispatch does', async () => {
    const document = await read(createApp(), '/openapi.json')
    assert.deepEqual(operationOf(document, 'get /open').security, [{ who: [] }, { session: [] }, {}])
    assert.deepEqual(operationOf(document, 'get /known').security, [{ who: [] }, { session: [] }])
    assert.deepEqual(operationOf(document, 'put /things/{id}').security, [{ who: [] }, { session: [], csrf: [] }])
    assert.deepEqual(operationOf(document, 'get /both').security, [
      { who: ['notes:write'] },
      { session: ['notes:write'] },
    ])
    assert.equal(operationOf(document, 'get /either/{id}')['x-rule'], 'anyOf(ADMIN, owned(id))')
    assert.equal(operationOf(document, 'get /known').deprecated, true)
    assert.equal(document.components.securitySchemes['session']?.['in'], 'cookie')
  })

  it('narrows the document to an audience, and shows nothing that was only for others', async () => {
    const app = createApp()
    assert.deepEqual(pathsOf(await read(app, '/openapi.json?as=nobody')), [
      '/open',
      '/more/lists',
      '/more/tree',
      '/more/files/{path}',
    ])
    const user = await read(app, '/openapi.json?as=user')
    assert.equal(pathsOf(user).includes('/either/{id}'), true)
    assert.equal(pathsOf(user).includes('/admin'), false)
    assert.equal(JSON.stringify(user).includes('AUTHZ_CLOSED'), false)
    assert.equal(pathsOf(await read(app, '/openapi.json?as=ADMIN')).includes('/admin'), true)
    assert.deepEqual((await read(app, '/openapi.json'))['x-audiences'], [
      'nobody',
      'user',
      'ADMIN',
      'WRITER',
      'notes:write',
    ])
    await using opened = await openTestApp(app)
    await opened.client.get('/openapi.json?as=nonsense', { expect: 400 })
  })

  it('shows a reader what the rules let that reader call, and ?as= no more', async () => {
    const app = createApp({ shows: 'callable' })
    const nobody = await read(app, '/openapi.json')
    assert.deepEqual(pathsOf(nobody), ['/open', '/more/lists', '/more/tree', '/more/files/{path}'])
    assert.deepEqual(nobody['x-audiences'], ['nobody', 'user'])
    const calvin = await read(app, '/openapi.json', 'calvin')
    assert.equal(pathsOf(calvin).includes('/admin'), true)
    assert.equal(pathsOf(calvin).includes('/both'), false)
    assert.equal(pathsOf(await read(app, '/openapi.json?as=ADMIN', 'calvin')).includes('/admin'), true)
    await using opened = await openTestApp(app)
    await opened.client.get('/openapi.json?as=ADMIN', { expect: 400 })
    const hobbes = await read(app, '/openapi.json?as=ADMIN', 'hobbes')
    assert.equal(pathsOf(hobbes).includes('/admin'), false)
    assert.equal(JSON.stringify(hobbes).includes('secret'), false)
  })

  it('takes its rule like any route', async () => {
    await using opened = await openTestApp(createApp({}, ADMIN))
    for (const path of ['/openapi.json', '/apidocs', '/apidocs/start.js', '/apidocs/swagger-ui.css']) {
      await opened.client.get(path, { expect: 401 })
      await opened.client.get(path, { headers: { 'x-who': 'hobbes' }, expect: 403 })
      await opened.client.get(path, { headers: { 'x-who': 'calvin' }, expect: 200 })
    }
  })

  it('serves the page with a strict policy, its own files only, and addresses that no prefix breaks', async () => {
    await using opened = await openTestApp(createApp(), { environment: { GUICHET_PREFIX: '/api/v1' } })
    const { client } = opened
    const page = await client.get('/api/v1/apidocs', { expect: { status: 200, text: '<html' } })
    assert.match(page.header('content-security-policy') ?? '', /script-src 'self';/)
    assert.doesNotMatch(page.header('content-security-policy') ?? '', /unsafe/)
    assert.doesNotMatch(page.text, /<script(?![^>]* src=)|<style|\son\w+=/)
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address)
    assert.equal(addresses.length, 6)
    for (const address of addresses) {
      const reply = await client.get(new URL(address, 'http://host/api/v1/apidocs').pathname, { expect: 200 })
      assert.equal(reply.header('x-content-type-options'), 'nosniff')
    }
    await client.get('/api/v1/apidocs/package.json', { expect: 404 })
    await client.get('/api/v1/apidocs/..%2fpackage.json', { expect: 404 })
    const document = (await client.get('/api/v1/openapi.json')).json as OpenApiDocument
    assert.deepEqual(document.servers, [{ url: '/api/v1' }])
    assert.ok('/open' in document.paths)
  })

  it('says for whom a route is that says nothing itself', async () => {
    const app = guichet({ name: 'silent' })
    app.get('/open', { authorize: OPEN }, () => 1)
    app.get('/known', { authorize: AUTH }, () => 1)
    app.get('/shut', { authorize: CLOSED }, () => 1)
    app.get(
      '/some',
      {
        authorize: anyOf(
          group('STAFF', () => true),
          group('BOSS', () => true),
        ),
      },
      () => 1,
    )
    app.mount('/', docs({ authorize: OPEN, page: false }))
    await using opened = await openTestApp(app)
    const { paths } = (await opened.client.get('/openapi.json')).json as OpenApiDocument
    const summaryOf = (path: string): unknown => paths[path]?.['get']?.summary
    assert.deepEqual(['/open', '/known', '/shut', '/some'].map(summaryOf), [
      'For everybody',
      'For every known user',
      'For nobody',
      'For anyOf(STAFF, BOSS)',
    ])
  })

  it('leaves the page out on request', async () => {
    await using opened = await openTestApp(createApp({ page: false }))
    await opened.client.get('/apidocs', { expect: 404 })
    await opened.client.get('/openapi.json', { expect: 200 })
  })
})
