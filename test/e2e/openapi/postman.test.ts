import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { openTestApp, type AnyApp, type RequestOptions, type TestClient, type TestReply } from 'guichet/testing'
import { app as recipes } from '../../../examples/recipes/app.ts'
import { checkApp } from '../../../src/app/boot.ts'
import { formatPostman } from '../../../src/openapi/postman-collection.ts'
import { app as comics } from '../../../examples/comics/app.ts'

interface Pair {
  readonly key: string
  readonly value: string
}

interface Item {
  readonly name: string
  readonly event: readonly { readonly script: { readonly exec: readonly string[] } }[]
  readonly request: {
    readonly method: string
    readonly auth: { readonly type: string; readonly basic?: readonly Pair[]; readonly bearer?: readonly Pair[] }
    readonly header: readonly Pair[]
    readonly url: { readonly raw: string; readonly variable?: readonly Pair[] }
    readonly body?: { readonly raw: string }
  }
}

interface Collection {
  readonly variable: readonly Pair[]
  readonly item: readonly { readonly name: string; readonly item: readonly Item[] }[]
}

/** Sends one request as Postman does, and runs its script. */
async function play(item: Item, client: TestClient, variables: Map<string, string>): Promise<number> {
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => variables.get(name) ?? '')
  const { method, auth, header, url, body } = item.request
  const path = (url.variable ?? []).reduce((text, { key, value }) => text.replace(`:${key}`, value), fill(url.raw))
  const valueOf = (pairs: readonly Pair[] | undefined, key: string): string =>
    fill(pairs?.find((pair) => pair.key === key)?.value ?? '')
  const credentials = `${valueOf(auth.basic, 'username')}:${valueOf(auth.basic, 'password')}`
  const authorization = {
    noauth: null,
    basic: `Basic ${Buffer.from(credentials).toString('base64')}`,
    bearer: `Bearer ${valueOf(auth.bearer, 'token')}`,
  }[auth.type]
  const headers = Object.fromEntries(header.map(({ key, value }) => [key, fill(value)]))
  const options: RequestOptions = {
    headers: { ...headers, ...(authorization ? { authorization } : {}) },
    ...(body === undefined ? {} : { body: fill(body.raw) }),
  }
  const reply = await client.request(method, path, options)
  runScript(item, reply, variables)
  return reply.status
}

function runScript({ name, event }: Item, reply: TestReply, variables: Map<string, string>): void {
  const oneOf = (value: number) => (statuses: readonly number[]) =>
    assert.ok([...statuses].includes(value), `${name}: ${value} ${reply.text.slice(0, 200)}`)
  const pm = {
    test: (_: string, run: () => void) => run(),
    expect: (value: number) => ({ to: { be: { oneOf: oneOf(value) } } }),
    response: { code: reply.status, json: () => reply.json },
    collectionVariables: { set: (key: string, value: string) => variables.set(key, value) },
  }
  for (const { script } of event) runInNewContext(script.exec.join('\n'), { pm })
}

const CALVIN = { user: 'susie', user_password: 'derkins', ADMIN: 'calvin', ADMIN_password: 'hobbes' }

const APPS: readonly {
  readonly name: string
  readonly app: AnyApp
  readonly values: Readonly<Record<string, string>>
}[] = [
  { name: 'recipes', app: recipes, values: {} },
  { name: 'comics', app: comics, values: CALVIN },
]

for (const { name, app, values } of APPS) {
  describe(`the Postman collection of ${name}`, () => {
    it('has a folder for each identity, and each request is answered as its test says', async () => {
      const { view } = checkApp(app['~definition'], { environment: { NODE_ENV: 'test' } })
      await using opened = await openTestApp(app)
      const { client } = opened
      const collection = formatPostman(view, { baseUrl: '', host: null }) as unknown as Collection
      const groups = name === 'comics' ? ['ADMIN'] : []
      assert.deepEqual(
        collection.item.map((folder) => folder.name),
        ['nobody', 'wrong', 'user', ...groups],
      )
      const variables = new Map(collection.variable.map(({ key, value }) => [key, value]))
      for (const [key, value] of Object.entries(values)) variables.set(key, value)
      const seen = new Map<string, Set<number>>()
      for (const folder of collection.item) {
        const statuses = new Set<number>()
        for (const item of folder.item) statuses.add(await play(item, client, variables))
        seen.set(folder.name, statuses)
      }
      assert.deepEqual([...(seen.get('wrong') ?? [])], [401])
      for (const status of [200, 400, 401]) assert.ok(seen.get('nobody')?.has(status), `nobody: ${status}`)
      for (const status of [200, 201, 400]) assert.ok(seen.get('user')?.has(status), `user: ${status}`)
      assert.ok(seen.get('user')?.has(name === 'comics' ? 403 : 204))
    })
  })
}
