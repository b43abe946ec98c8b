import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, created, desk, file, guichet, OPEN, refuse, type App } from 'guichet'
import { custom } from 'guichet/authn'
import { openTestApp, type TestApp, type TestReply } from 'guichet/testing'
import { z } from 'zod'
import { queries } from '../desk/queries.sql.ts'

const KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'

interface Declared {
  readonly app: App<never>
  /** Lets the calls to `/slow` end. */
  readonly release: () => void
  readonly runs: () => number
}

function declareApp(): Declared {
  const gate = Promise.withResolvers<void>()
  let runs = 0
  const app = guichet({
    name: 'repeated',
    authn: [custom('badge', (call) => call.header('x-badge') ?? null)],
    database: { queries, migrations: '../desk/migrations' },
  })
  const note = { authorize: AUTH, params: { body: z.string() } } as const
  app.get('/notes', { authorize: OPEN }, (_, { sql }) => sql.getNotes())
  app.post('/notes', { ...note, idempotent: true }, async ({ body }, { sql, user }) => {
    runs += 1
    return created({ id: await sql.addNote({ owner: user, body }), run: runs })
  })
  app.post('/refused', { ...note, idempotent: true }, async ({ body }, { sql, user }) => {
    runs += 1
    await sql.addNote({ owner: user, body })
    throw refuse(409, `run ${runs}`)
  })
  app.post('/slow', { ...note, idempotent: true }, async ({ body }, { sql, user }) => {
    runs += 1
    await gate.promise
    return created(await sql.addNote({ owner: user, body }))
  })
  app.post('/files', { authorize: AUTH, params: { one: file() }, idempotent: true }, async ({ one }) => {
    runs += 1
    return `${String(await one.read())} ${runs}`
  })
  app.post('/required', { ...note, idempotent: 'required' }, () => 'done')
  return { app: app as App<never>, release: gate.resolve, runs: () => runs } // the suite treats all apps alike
}

const codeOf = (one: TestReply): string => (one.json as { code: string }).code

for (const transport of ['memory', 'socket'] as const) {
  describe(`repeated calls (${transport})`, () => {
    const open = async (): Promise<Declared & { opened: TestApp; [Symbol.asyncDispose](): Promise<void> }> => {
      const declared = declareApp()
      const opened = await openTestApp(declared.app, { transport, environment: { LOG_LEVEL: 'silent' } })
      return { ...declared, opened, [Symbol.asyncDispose]: () => opened.close() }
    }
    const post = (opened: TestApp, path: string, body: string, more: Readonly<Record<string, string>> = {}) =>
      opened.client.post(path, { headers: { 'x-badge': 'ana', 'idempotency-key': KEY, ...more }, json: { body } })
    const bodies = async ({ client }: TestApp): Promise<readonly string[]> =>
      ((await client.get('/notes')).json as { body: string }[])
        .map(({ body }) => body)
        .filter((body) => body.startsWith('mine'))

    it('with the same key and content get the same answer, and the work is done once', async () => {
      await using app = await open()
      const first = await post(app.opened, '/notes', 'mine')
      const again = await post(app.opened, '/notes', 'mine')
      assert.deepEqual([first.status, again.status, again.text], [201, 201, first.text])
      const names = [first, again].map((one) => one.header('idempotent-replayed') ?? null)
      assert.deepEqual(names, [null, 'true'])
      assert.deepEqual([await bodies(app.opened), app.runs()], [['mine'], 1])
    })

    it('with the same key and another content get 422, those of another user or route run', async () => {
      await using app = await open()
      await post(app.opened, '/notes', 'mine')
      const other = await post(app.opened, '/notes', 'mine too')
      assert.deepEqual([other.status, codeOf(other)], [422, 'GUARD_IDEMPOTENCY_KEY'])
      assert.equal((await post(app.opened, '/notes', 'mine of bia', { 'x-badge': 'bia' })).status, 201)
      assert.equal((await post(app.opened, '/required', 'mine')).status, 200)
      assert.deepEqual(await bodies(app.opened), ['mine', 'mine of bia'])
    })

    it('are refused while the first still runs, and answered like it then', async () => {
      await using app = await open()
      const first = post(app.opened, '/slow', 'mine')
      while (app.runs() === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      const second = await post(app.opened, '/slow', 'mine')
      assert.deepEqual([second.status, codeOf(second)], [409, 'GUARD_IDEMPOTENCY_BUSY'])
      assert.ok(Number(second.header('retry-after')) > 0)
      app.release()
      const { status, text } = await first
      const third = await post(app.opened, '/slow', 'mine')
      assert.deepEqual([status, third.status, third.text], [201, 201, text])
      assert.deepEqual([await bodies(app.opened), app.runs()], [['mine'], 1])
    })

    it('run again when the first was refused: its answer went with its transaction', async () => {
      await using app = await open()
      const [first, again] = [await post(app.opened, '/refused', 'mine'), await post(app.opened, '/refused', 'mine')]
      assert.deepEqual([first.status, again.status, app.runs()], [409, 409, 2])
      assert.deepEqual(await bodies(app.opened), [])
    })

    it('of many at once do the work once', async () => {
      await using app = await open()
      const replies = await Promise.all(Array.from({ length: 20 }, () => post(app.opened, '/notes', 'mine')))
      assert.ok(replies.some(({ status }) => status === 201))
      assert.deepEqual(
        replies.filter(({ status }) => status !== 201 && status !== 409),
        [],
      )
      assert.deepEqual([await bodies(app.opened), app.runs()], [['mine'], 1])
    })

    it('with a file are the same when the file is', async () => {
      await using app = await open()
      const send = (text: string): Promise<TestReply> => {
        const head = 'content-disposition: form-data; name="one"; filename="one.txt"\r\ncontent-type: text/plain'
        return app.opened.client.post('/files', {
          headers: { 'x-badge': 'ana', 'idempotency-key': KEY, 'content-type': 'multipart/form-data; boundary=part' },
          body: `--part\r\n${head}\r\n\r\n${text}\r\n--part--\r\n`,
        })
      }
      const [first, again, other] = [await send('aaaa'), await send('aaaa'), await send('bbbb')]
      assert.deepEqual([first.json, again.json], ['aaaa 1', 'aaaa 1'])
      assert.deepEqual([other.status, codeOf(other)], [422, 'GUARD_IDEMPOTENCY_KEY'])
    })

    it('on another host are other calls', async () => {
      const app = guichet({ name: 'hosts', database: { queries, migrations: '../desk/migrations' } })
      const { routes } = desk()
      for (const name of ['one.example', 'two.example']) {
        app.host(
          name,
          routes((r) => r.post('/pay', { authorize: OPEN, idempotent: true }, () => `paid at ${name}`)),
        )
      }
      await using opened = await openTestApp(app, { transport, environment: { LOG_LEVEL: 'silent' } })
      for (const host of ['one.example', 'two.example']) {
        const reply = await opened.client.post('/pay', { headers: { host, 'idempotency-key': KEY }, expect: 200 })
        assert.equal(reply.json, `paid at ${host}`)
      }
    })

    it('need a key of 8 to 128 characters where the route says so', async () => {
      await using app = await open()
      const { client } = app.opened
      const statusOf = async (key: string): Promise<number> =>
        (await post(app.opened, '/required', 'mine', { 'idempotency-key': key })).status
      await client.post('/required', { headers: { 'x-badge': 'ana' }, json: { body: 'mine' }, expect: 400 })
      const keys = ['1234567', '12345678', 'a'.repeat(128), 'a'.repeat(129)]
      assert.deepEqual(await Promise.all(keys.map(statusOf)), [400, 200, 200, 400])
    })
  })

  describe(`deadlines (${transport})`, () => {
    it('of a route win over those of its module and of the app: 503, and the signal aborts', async () => {
      const { routes } = desk()
      const seen: string[] = []
      const wait =
        (name: string) =>
        async (_: unknown, { signal }: { readonly signal: AbortSignal }) => {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
          seen.push(`${name} ${(signal.reason as Error).name}`)
        }
      const inner = routes((r) => {
        r.get('/module', { authorize: OPEN }, wait('module'))
        r.get('/route', { authorize: OPEN, timeout: 20 }, wait('route'))
      })
      const app = guichet({ name: 'late', timeout: 3_600_000 })
      app.mount('/', inner, { timeout: 40 })
      app.get('/quick', { authorize: OPEN, timeout: 60_000 }, async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        return 'quick'
      })
      await using opened = await openTestApp(app, { transport, environment: { LOG_LEVEL: 'silent' } })
      for (const path of ['/module', '/route']) {
        const late = await opened.client.get(path, { expect: { status: 503, headers: { 'retry-after': /^\d+$/ } } })
        assert.equal(codeOf(late), 'HANDLE_TIMEOUT')
      }
      assert.deepEqual(seen, ['module TimeoutError', 'route TimeoutError'])
      await opened.client.get('/quick', { expect: { status: 200, json: 'quick' } })
    })
  })
}
