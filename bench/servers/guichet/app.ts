/** Guichet from its packed dist, as `guichet run app.ts` serves it. */
import { AUTH, created, found, guichet, OPEN } from 'guichet'
import { basic, token } from 'guichet/authn'
import { z } from 'zod'
import * as work from '../../work.ts'
import { queries } from './queries.sql.ts'

const { scenario } = work
const isPg = scenario === 'pg'
const jwt = {
  issuer: 'bench',
  audience: 'bench',
  keys: [{ algorithm: 'HS256' as const, kid: work.KEY_ID, secret: work.SECRET }],
}
export const app = guichet({
  name: 'bench',
  authn: scenario.startsWith('token')
    ? [token({ format: 'jwt', isRevocable: scenario === 'token-revocable', jwt })]
    : scenario.startsWith('basic')
      ? [basic({ password: () => work.PASSWORD_HASH })]
      : [],
  ...(isPg ? { database: { queries, url: work.DATABASE_URL } } : {}),
  ...(work.isTls ? { tls: { certFile: work.CERTIFICATE, keyFile: work.KEY } } : {}),
  // Without a memory of credentials, each call hashes, as it does in the other server.
  limits: {
    poolMax: work.POOL_MAX,
    hashesMax: work.HASHES_MAX,
    ...(scenario === 'basic' ? { credentialCacheMax: 0 } : {}),
  },
})

app.get('/hello', { authorize: OPEN }, () => work.HELLO)

const order = {
  id: z.int(),
  name: z.string().min(1).max(100),
  email: z.email(),
  quantity: z.int().min(1).max(100),
  price: z.number().min(0),
  gift: z.boolean(),
}
app.post('/orders/:id', { authorize: OPEN, params: order }, ({ id, name, quantity, price }) => ({
  id,
  name,
  total: quantity * price,
}))

if (scenario.startsWith('token') || scenario.startsWith('basic')) app.get('/me', { authorize: AUTH }, () => work.HELLO)
if (scenario.startsWith('reply-')) {
  const value = work.payloadOf(scenario === 'reply-100k' ? 100_000 : 1_000)
  app.get('/reply', { authorize: OPEN }, () => value)
}
if (scenario === 'static') app.static('/', work.FILES, { authorize: OPEN })
if (isPg) {
  app.get('/rows/:id', { authorize: OPEN, params: { id: z.int() } }, async ({ id }, { sql }) =>
    found(await sql.getRow({ id })),
  )
  app.get('/rows', { authorize: OPEN }, (_, { sql }) => sql.getRows())
  app.post('/rows', { authorize: OPEN, params: { name: z.string().min(1), price: z.number() } }, async (row, { sql }) =>
    created({ id: await sql.addRow(row) }),
  )
}
for (let i = 0; i < work.routeCount; i++)
  app.get(work.pathOf(i) as '/things/:id', { authorize: OPEN }, () => work.HELLO)
