import { AUTH, changed, CLOSED, created, found, guichet, OPEN, redirect } from 'guichet'
import { basic, param, token } from 'guichet/authn'
import { docs } from 'guichet/openapi'
import { z } from 'zod'
import { compute } from './compute.ts'
import { owners } from './owners.ts'
import { queries, type Sql } from './queries.sql.ts'
import { ADMIN, owned, self } from './rules.ts'
import { things } from './things.ts'

// A classroom: passwords of four characters are accepted, and none is looked up in a blocklist. Do not copy this.
const PASSWORD_LENGTH_MIN = 4

// Also guesses: a class tries many, so only the hard bound of a hundred failures in a row stays.
const passwords = {
  lockout: { freeMax: 99, addressFailuresMax: 10_000 },
  password: (login: string, { sql }: { readonly sql: Sql }) => sql.userPassword({ login }),
  rehash: async (login: string, pass: string, { sql }: { readonly sql: Sql }) => {
    await sql.userSetPassword({ login, pass })
  },
}

export const app = guichet({
  name: 'stuff',
  authn: [token(), basic(passwords), param(passwords)],
  passwords: { lengthMin: PASSWORD_LENGTH_MIN, blocklist: false },
  database: { queries, data: 'data.sql' },
  errors: 'json:error',
  audit: true,
  welcome: [
    'Accounts: calvin / hobbes (admin), hobbes / susie, susie / derkins',
    '',
    'curl {url}/stuff',
    'curl -u calvin:hobbes {url}/owned',
    'curl -u hobbes:susie {url}/object/1',
    '',
    'In a browser, all routes to read and to try: {url}',
  ],
})

app.get('/version', { authorize: OPEN }, (_, { user, now }) => ({ app: 'stuff', user, now: now() }))

// Stuff: a list that anybody may read and change.

app.get('/stuff', { authorize: OPEN, params: { filter: z.string().optional() } }, ({ filter }, { sql }) =>
  filter === undefined ? sql.getStuffAll() : sql.getStuffLike({ filter }),
)

app.get('/stuff/:sid', { authorize: OPEN, params: { sid: z.int() } }, async ({ sid }, { sql }) =>
  found(await sql.getStuffSid({ sid })),
)

app.post('/stuff', { authorize: OPEN, params: { stuff: z.string().min(1) } }, async ({ stuff }, { sql }) =>
  created({ sid: await sql.addStuff({ stuff }) }),
)

app.route(
  ['PUT', 'PATCH'],
  '/stuff/:sid',
  { authorize: OPEN, params: { sid: z.int(), stuff: z.string().min(1) } },
  async ({ sid, stuff }, { sql }) => changed(await sql.setStuff({ sid, stuff })),
)

app.delete('/stuff/:sid', { authorize: OPEN, params: { sid: z.int() } }, async ({ sid }, { sql }) =>
  changed(await sql.dropStuff({ sid })),
)

// Users.

const NewUser = z.object({
  login: z.string().min(1).max(40),
  password: z.string().min(PASSWORD_LENGTH_MIN),
  isAdmin: z.boolean().default(false),
})

app.get('/users-mgt', { authorize: ADMIN }, (_, { sql }) => sql.getUsers())

app.post('/users-mgt', { authorize: ADMIN, params: { u: NewUser } }, async ({ u }, call) => {
  const pass = await call.hashPassword(u.password)
  return created(await call.sql.addUser({ login: u.login, pass, isAdmin: u.isAdmin }))
})

app.post(
  '/register',
  { authorize: OPEN, params: { login: z.string().min(1).max(40), pword: z.string() } },
  async ({ login, pword }, call) => {
    const pass = await call.hashPassword(pword)
    return created({ uid: await call.sql.addUser({ login, pass, isAdmin: false }) })
  },
)

app.get('/login', { authorize: AUTH, authn: [basic()] }, (_, call) => call.createToken(call.user))

app.post('/login', { authorize: AUTH, authn: [param()] }, async (_, call) => created(await call.createToken(call.user)))

// Who is asking?

app.get('/hello', { authorize: AUTH }, (_, { user }) => `hello ${user}!`)

app.get('/admin', { authorize: ADMIN }, (_, { user }) => `hello admin ${user}!`)

app.get('/closed', { authorize: CLOSED }, () => 'nobody reads this')

app.route(['GET', 'POST'], '/whoami', { authorize: AUTH }, (_, { user }) => user)

app.get('/qui-suis-je', { authorize: AUTH, authn: [token()] }, (_, { user }) => user)

// Objects that belong to somebody.

app.get('/owned', { authorize: ADMIN }, (_, { sql }) => sql.getOwnedAll())

app.get('/owned/:uid', { authorize: self(), params: { uid: z.int() } }, ({ uid }, { sql }) => sql.getOwnedUid({ uid }))

app.get('/object', { authorize: ADMIN }, (_, { sql }) => sql.getOwnedAll())

app.get('/object/:oid', { authorize: owned(), params: { oid: z.int() } }, async ({ oid }, { sql }) =>
  found(await sql.getObjectOid({ oid })),
)

// For people: a page that lists all routes, and tries them.

app.mount('/', docs({ authorize: OPEN, title: 'Comics', version: '1.0.0' }))

app.get('/', { authorize: OPEN, summary: 'Leads to the documentation' }, () => redirect('apidocs'))

app.mount('/cmp', compute)
app.mount('/owners', owners)
app.mount('/things', things)
