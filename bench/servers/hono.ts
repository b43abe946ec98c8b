/** Hono 4 on its Node.js server. */
import { serve } from '@hono/node-server'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import { z } from 'zod'
import { HELLO, pathOf, payloadOf, port, routeCount, scenario } from '../work.ts'

const app = new Hono()
const order = z.strictObject({
  name: z.string().min(1).max(100),
  email: z.email(),
  quantity: z.int().min(1).max(100),
  price: z.number().min(0),
  gift: z.boolean(),
})
app.get('/hello', (c) => c.json(HELLO))
app.post(
  '/orders/:id',
  zValidator('param', z.object({ id: z.coerce.number().int() })),
  zValidator('json', order),
  (c) => {
    const { name, quantity, price } = c.req.valid('json')
    return c.json({ id: c.req.valid('param').id, name, total: quantity * price })
  },
)
const value = payloadOf(scenario === 'reply-100k' ? 100_000 : 1_000)
app.get('/reply', (c) => c.json(value))
for (let i = 0; i < routeCount; i++) app.get(pathOf(i), (c) => c.json(HELLO))
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
