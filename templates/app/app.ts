import { AUTH, changed, created, found, guichet, OPEN } from 'guichet'
import { basic, token } from 'guichet/authn'
import { z } from 'zod'
import { queries } from './queries.sql.ts'
import { ownNote } from './rules.ts'

export const app = guichet({
  name: 'my-app',
  authn: [token(), basic({ password: (login, { sql }) => sql.accountPassword({ login }) })],
  database: { queries },
  audit: true,
  welcome: [
    "curl {url}/register -d login=ana -d 'password=correct horse battery'",
    "curl -u 'ana:correct horse battery' {url}/notes -d body=hello",
    "curl -u 'ana:correct horse battery' {url}/notes",
  ],
})

const nid = z.int()
const body = z.string().min(1).max(10_000)

app.post(
  '/register',
  { authorize: OPEN, params: { login: z.string().min(1).max(64), password: z.string() } },
  async ({ login, password }, call) => {
    const pass = await call.hashPassword(password)
    await call.sql.addAccount({ login, pass })
    return created({ login })
  },
)

app.get('/login', { authorize: AUTH, authn: [basic()] }, (_, call) => call.createToken(call.user))

app.get('/notes', { authorize: AUTH }, (_, { sql, user }) => sql.getNotes({ login: user }))

app.post('/notes', { authorize: AUTH, params: { body } }, async (args, { sql, user }) =>
  created({ nid: await sql.addNote({ login: user, body: args.body }) }),
)

app.get('/notes/:nid', { authorize: ownNote(), params: { nid } }, async (args, { sql }) =>
  found(await sql.getNote(args)),
)

app.put('/notes/:nid', { authorize: ownNote(), params: { nid, body } }, async (args, { sql }) =>
  changed(await sql.setNote(args)),
)

app.delete('/notes/:nid', { authorize: ownNote(), params: { nid } }, async (args, { sql }) =>
  changed(await sql.dropNote(args)),
)
