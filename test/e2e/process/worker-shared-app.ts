import { AUTH, guichet, perMinute } from 'guichet'
import { session, token } from 'guichet/authn'
import { queries } from '../desk/queries.sql.ts'

export const app = guichet({
  name: 'shared',
  authn: [session(), token({ format: 'jwt' })],
  database: { queries },
  audit: { sealed: true },
})

app.post('/pay', { authorize: AUTH, idempotent: true, limit: perMinute(5) }, () => ({ paid: true }))
