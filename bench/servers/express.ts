// @ts-nocheck express has no types of its own
/** Express 5 in production mode; Zod for what comes in. */
import express from 'express'
import { z } from 'zod'
import { HELLO, pathOf, payloadOf, port, routeCount, scenario } from '../work.ts'

const app = express()
app.disable('x-powered-by')
const id = z.coerce.number().int()
const order = z.strictObject({
  name: z.string().min(1).max(100),
  email: z.email(),
  quantity: z.int().min(1).max(100),
  price: z.number().min(0),
  gift: z.boolean(),
})
app.get('/hello', (_request, response) => void response.json(HELLO))
app.post('/orders/:id', express.json(), (request, response) => {
  const { name, quantity, price } = order.parse(request.body)
  response.json({ id: id.parse(request.params['id']), name, total: quantity * price })
})
const value = payloadOf(scenario === 'reply-100k' ? 100_000 : 1_000)
app.get('/reply', (_request, response) => void response.json(value))
for (let i = 0; i < routeCount; i++) app.get(pathOf(i), (_request, response) => void response.json(HELLO))
app.listen(port, '127.0.0.1')
