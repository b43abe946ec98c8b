import { setTimeout as sleep } from 'node:timers/promises'
import { anyOf, AUTH, created, desk, file, found, guichet, OPEN, perMinute, refuse, reply, text } from 'guichet'
import { custom } from 'guichet/authn'
import { z } from 'zod'
import { queries, type Sql } from './queries.sql.ts'

const { group, permission, routes } = desk<{ sql: Sql }>()
const MEMBER = group('MEMBER', (login, { sql }) => sql.isMember({ login }))
const mine = permission('mine', { id: z.int() }, (login, { id }, { sql }) => sql.ownsNote({ login, id }))

/** What hooks and tasks leave behind, for tests to read. */
export const events: string[] = []
const attempts = new Map<string, number>()

export const app = guichet({
  name: 'desk',
  // Whoever a header names: the tests are about what comes after.
  authn: [custom('who', (call) => call.header('x-who') ?? null)],
  database: { queries },
})

app.get('/', { authorize: OPEN }, () => 'hello')
app.get('/notes', { authorize: OPEN }, (_, { sql }) => sql.getNotes())
app.post('/notes', { authorize: AUTH, params: { body: z.string() } }, async ({ body }, { sql, user, afterCommit }) => {
  const id = await sql.addNote({ owner: user, body })
  afterCommit(() => events.push(`committed ${body}`))
  return created({ id })
})
app.post(
  '/notes/refused',
  { authorize: AUTH, params: { body: z.string() } },
  async ({ body }, { sql, user, afterCommit }) => {
    await sql.addNote({ owner: user, body })
    afterCommit(() => events.push(`committed ${body}`))
    throw refuse(409, 'not today')
  },
)
app.post('/notes/replied', { authorize: AUTH, params: { body: z.string() } }, async ({ body }, { sql, user }) => {
  await sql.addNote({ owner: user, body })
  return reply({ why: 'status' }, { status: 422 })
})
app.post('/notes/fault', { authorize: AUTH, params: { body: z.string() } }, async ({ body }, { sql, user }) => {
  await sql.addNote({ owner: user, body })
  throw new Error('secret detail')
})
app.post('/notes/late', { authorize: AUTH, timeout: 50, params: { body: z.string() } }, async ({ body }, call) => {
  await call.sql.addNote({ owner: call.user, body })
  await sleep(400)
  events.push(`aborted ${call.signal.aborted}`)
  await call.sql.addNote({ owner: call.user, body: `${body} again` })
})
app.post('/notes/later', { authorize: AUTH, timeout: 50, params: { body: z.string() } }, async ({ body }, call) => {
  await sleep(300)
  await call.sql.addNote({ owner: call.user, body })
})
app.post(
  '/retried',
  { authorize: AUTH, retry: 2, params: { key: z.string(), failures: z.int() } },
  async ({ key, failures }, { sql, user, addHeader }) => {
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    addHeader('x-attempt', String(attempt))
    await sql.addNote({ owner: user, body: key })
    if (attempt <= failures) await sql.failSerialization()
    return { attempt }
  },
)
app.get('/member', { authorize: MEMBER }, () => 'in')
app.post('/members', { authorize: OPEN, params: { login: z.string() } }, ({ login }, { sql }) =>
  sql.addMember({ login }),
)
app.delete('/members/:login', { authorize: OPEN }, ({ login }, { sql }) => sql.dropMember({ login }))
app.get('/mine/:id', { authorize: mine(), params: { id: z.int() } }, ({ id }) => id)
app.get('/either/:id', { authorize: anyOf(MEMBER, mine()), params: { id: z.int() } }, ({ id }) => id)
app.post('/mine/:id/give', { authorize: mine(), params: { id: z.int(), to: z.string() } }, ({ id, to }, { sql }) =>
  sql.giveNote({ id, owner: to }),
)
app.get('/number', { authorize: OPEN, params: { text: z.string() } }, ({ text: value }, { sql }) =>
  sql.asNumber({ text: value }),
)
app.get('/reset', { authorize: OPEN }, () => reply('dropped', { status: 205 }))
app.get('/nothing', { authorize: OPEN }, () => found(null))
app.get('/text', { authorize: OPEN }, () => text('plain'))
app.get('/big', { authorize: OPEN }, () => ({ big: 2n ** 70n, at: new Date(0) }))
app.get('/headers', { authorize: OPEN }, (_, { addHeader }) => {
  addHeader('X-Extra', 'yes')
  return reply('x', { headers: { 'X-Own': 'own' } })
})
app.get('/injection', { authorize: OPEN }, () => reply('x', { headers: { 'X-Own': 'a\r\nset-cookie: b' } }))
app.mount(
  '/hooked',
  routes((r) => {
    r.before((call) => {
      events.push(`before ${call.user}`)
      if (call.user === 'stopped') throw refuse(423, 'stopped by a hook')
    })
    r.after((call, { status, code }) => void events.push(`after ${call.user} ${status} ${code}`))
    r.get('/', { authorize: AUTH }, () => 'hooked')
    r.get('/members', { authorize: MEMBER }, () => 'hooked')
  }),
)

app.get('/limited', { authorize: OPEN, limit: perMinute(2) }, () => 'one')
app.get('/limited/address', { authorize: AUTH, limit: perMinute(2, { by: 'address' }) }, () => 'one')
app.mount(
  '/shared',
  routes((r) => {
    r.get('/a', { authorize: OPEN }, () => 'a')
    r.get('/b', { authorize: OPEN }, () => 'b')
  }),
  { limit: perMinute(3) },
)
app.post(
  '/orders',
  { authorize: AUTH, idempotent: true, params: { body: z.string() } },
  async ({ body }, { sql, user }) => created({ id: await sql.addNote({ owner: user, body }) }),
)
app.get('/crossed', { authorize: OPEN, cors: { origins: ['https://shop.example'], credentials: true } }, () => 'data')

app.get('/cached', { authorize: OPEN, params: { key: z.string() } }, async ({ key }, { cache }) => {
  const before = await cache.get(key)
  await cache.set(key, { times: ((before as { times: number } | undefined)?.times ?? 0) + 1 }, 60_000)
  return cache.get(key)
})

app.post('/echo-file', { authorize: OPEN, params: { upload: file() } }, ({ upload }) =>
  reply(upload.stream(), { headers: { 'content-type': 'text/plain' } }),
)

app.get('/long', { authorize: OPEN }, () => ({ text: 'long '.repeat(1000) }))
