/** Elysia on Bun. */
import { Elysia, t } from 'elysia'
import { HELLO, payloadOf, port, scenario } from '../work.ts'

const value = payloadOf(scenario === 'reply-100k' ? 100_000 : 1_000)
const body = t.Object(
  {
    name: t.String({ minLength: 1, maxLength: 100 }),
    email: t.String({ format: 'email' }),
    quantity: t.Integer({ minimum: 1, maximum: 100 }),
    price: t.Number({ minimum: 0 }),
    gift: t.Boolean(),
  },
  { additionalProperties: false },
)
new Elysia()
  .get('/hello', () => HELLO)
  .get('/reply', () => value)
  .post(
    '/orders/:id',
    ({ params: { id }, body: { name, quantity, price } }) => ({ id, name, total: quantity * price }),
    {
      params: t.Object({ id: t.Integer() }),
      body,
    },
  )
  .listen({ port, hostname: '127.0.0.1' })
