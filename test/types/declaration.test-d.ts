// Compiled, never run: what a declaration must and must not accept.
import { allOf, anyOf, AUTH, CLOSED, desk, found, guichet, OPEN } from 'guichet'
import { basic, token } from 'guichet/authn'
import { sqlFile } from 'guichet/sql'
import { z } from 'zod'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(value: T): T => value

interface Sql {
  userPassword(args: { login: string }): Promise<string | null>
  isAdmin(args: { login: string }): Promise<boolean>
  canAccess(args: { login: string; oid: number }): Promise<boolean | null>
  getThing(args: { oid: number }): Promise<{ oid: number; name: string } | null>
}

const { group, groups, permission, routes } = desk<{ sql: Sql }>()
const ADMIN = group('ADMIN', (login, { sql }) => sql.isAdmin({ login }))
const owned = permission('owned', { oid: z.int() }, (login, { oid }, { sql }) => sql.canAccess({ login, oid }))
const shared = permission('shared', { oid: z.int() }, (_login, _args, { mode }) => mode === 'read').modes(
  'read',
  'write',
)
const { READER } = groups(['READER', 'WRITER'], (_login, name) => name === 'READER')

const app = guichet({
  name: 'types',
  authn: [
    token(),
    basic({
      password: (login, { sql }) => {
        holds<Equals<typeof sql, Sql>>(true)
        return sql.userPassword({ login })
      },
    }),
  ],
  database: { queries: sqlFile<Sql>('queries.sql') },
  config: z.object({ maxItems: z.int().default(10) }),
})

// @ts-expect-error A route says who may call.
app.get('/no-rule', {}, () => 1)
// @ts-expect-error A rule is a value, not a text.
app.get('/text-rule', { authorize: 'ADMIN' }, () => 1)

app.get('/closed', { authorize: CLOSED }, () => 1)

app.get('/open', { authorize: OPEN }, (_, { user, config, sql }) => {
  holds<Equals<typeof user, string | null>>(true)
  holds<Equals<typeof config.maxItems, number>>(true)
  holds<Equals<typeof sql, Sql>>(true)
})

app.get('/auth', { authorize: AUTH }, (_, { user }) => holds<Equals<typeof user, string>>(true))
app.get('/admin', { authorize: ADMIN }, (_, { user }) => holds<Equals<typeof user, string>>(true))
app.get('/reader', { authorize: allOf(READER, ADMIN) }, (_, { user }) => holds<Equals<typeof user, string>>(true))

app.get('/path/:name/*rest', { authorize: OPEN, params: { limit: z.int().optional() } }, (args) => {
  holds<Equals<typeof args, { name: string; rest: string; limit: number | undefined }>>(true)
})
app.get('/typed/:oid', { authorize: owned(), params: { oid: z.int() } }, ({ oid }) =>
  holds<Equals<typeof oid, number>>(true),
)
// @ts-expect-error The permission needs a parameter `oid`.
app.get('/other/:id', { authorize: owned(), params: { id: z.int() } }, () => 1)
// @ts-expect-error The parameter has another type than the permission needs.
app.get('/other/:oid', { authorize: owned(), params: { oid: z.string() } }, () => 1)
// @ts-expect-error A path segment that is not declared is a string.
app.get('/other/:oid', { authorize: owned() }, () => 1)
app.get('/renamed/:id', { authorize: owned({ oid: 'id' }), params: { id: z.int() } }, () => 1)
app.get('/either/:id', { authorize: anyOf(ADMIN, owned({ oid: 'id' })), params: { id: z.int() } }, () => 1)
// @ts-expect-error `anyOf` needs what its parts need.
app.get('/either/:id', { authorize: anyOf(ADMIN, owned()), params: { id: z.int() } }, () => 1)

app.get('/mode/:oid', { authorize: shared('read'), params: { oid: z.int() } }, () => 1)
app.get('/mode/:id', { authorize: shared('write', { oid: 'id' }), params: { id: z.int() } }, () => 1)
// @ts-expect-error There is no such mode.
shared('erase')
// @ts-expect-error A permission with modes asks for one.
shared()

app.get('/args', { authorize: OPEN, params: { a: z.string() } }, ({ a }, { sql }) => {
  // @ts-expect-error There is no such statement.
  void sql.nothing()
  // @ts-expect-error The statement takes a number.
  void sql.getThing({ oid: a })
})
app.get('/found/:oid', { authorize: OPEN, params: { oid: z.int() } }, async ({ oid }, { sql }) => {
  const thing = found(await sql.getThing({ oid }))
  holds<Equals<typeof thing, { oid: number; name: string }>>(true)
  // @ts-expect-error Whether it was found is known when it is there.
  return found(sql.getThing({ oid }))
})
// @ts-expect-error There is no such parameter.
app.get('/args', { authorize: OPEN, params: { a: z.string() } }, ({ b }) => b)
// @ts-expect-error There is no such option of a route.
app.get('/option', { authorize: OPEN, parms: {} }, () => 1)
// @ts-expect-error There is no such option of an app.
guichet({ name: 'x', portt: 1 })

app.mount(
  '/module',
  routes((r) => {
    r.get('/', { authorize: AUTH }, (_, { user }) => holds<Equals<typeof user, string>>(true))
  }),
)

const other = guichet({ name: 'other', database: { queries: sqlFile<{ one(): Promise<number> }>('other.sql') } })
// @ts-expect-error A rule needs statements that this app lacks.
other.get('/admin', { authorize: ADMIN }, () => 1)
