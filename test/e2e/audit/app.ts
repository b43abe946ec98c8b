import { created, guichet, OPEN, refuse } from 'guichet'
import { custom } from 'guichet/authn'
import { z } from 'zod'
import { queries } from '../desk/queries.sql.ts'

export const app = guichet({
  name: 'audited',
  authn: [custom('who', (call) => call.header('x-who') ?? null)],
  database: { queries, migrations: '../desk/migrations' },
  audit: { file: false, table: true },
})

const body = z.string()
app.get('/notes', { authorize: OPEN }, (_, { sql }) => sql.getNotes())
app.get('/notes/:id', { authorize: OPEN, params: { id: z.int() } }, ({ id }) => id)
app.post('/notes', { authorize: OPEN, params: { body } }, async (args, { sql }) =>
  created(await sql.addNote({ owner: 'ana', body: args.body })),
)
app.post('/refused', { authorize: OPEN, params: { body } }, async (args, { sql }) => {
  await sql.addNote({ owner: 'ana', body: args.body })
  throw refuse(409, 'not today')
})
app.post('/fault', { authorize: OPEN, params: { body } }, async (args, { sql }) => {
  await sql.addNote({ owner: 'ana', body: args.body })
  throw new Error('unforeseen')
})
