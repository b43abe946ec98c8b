/** Fastify 5 as its documentation advises: response schemas, JSON Schema for what comes in, its own plugins. */
import { readFileSync } from 'node:fs'
import { verify } from '@node-rs/argon2'
import basicAuth from '@fastify/basic-auth'
import jwt from '@fastify/jwt'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyInstance } from 'fastify'
import pg from 'pg'
import * as work from '../work.ts'

const { scenario } = work
const tls = work.isTls ? { https: { key: readFileSync(work.KEY), cert: readFileSync(work.CERTIFICATE) } } : {}
const http2 = scenario === 'h2' ? { http2: true } : {}
const logger = scenario === 'hello-log' ? { logger: { file: process.env['BENCH_LOG'] ?? '/dev/null' } } : {}
// The options of three servers of one interface; which, is decided by what runs.
const app = Fastify({ ...tls, ...http2, ...logger } as object) as unknown as FastifyInstance

const text = { type: 'string' } as const
const number = { type: 'number' } as const
const hello = { schema: { response: { 200: { type: 'object', properties: { hello: text } } } } }
const item = { type: 'object', properties: { id: number, name: text, active: { type: 'boolean' } } }
const row = {
  type: 'object',
  properties: {
    id: number,
    name: text,
    price: text,
    active: { type: 'boolean' },
    created: { type: 'string', format: 'date-time' },
  },
}

const scenarios: Readonly<Record<string, () => void | Promise<void>>> = {
  body: () => {
    const order = {
      type: 'object',
      required: ['name', 'email', 'quantity', 'price', 'gift'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 100 },
        email: { type: 'string', format: 'email' },
        quantity: { type: 'integer', minimum: 1, maximum: 100 },
        price: { type: 'number', minimum: 0 },
        gift: { type: 'boolean' },
      },
    }
    const params = { type: 'object', properties: { id: { type: 'integer' } } }
    const response = { 200: { type: 'object', properties: { id: number, name: text, total: number } } }
    app.post<{ Params: { id: number }; Body: typeof work.ORDER }>(
      '/orders/:id',
      { schema: { params, body: order, response } },
      async ({ params: { id }, body: { name, quantity, price } }) => ({ id, name, total: quantity * price }),
    )
  },
  'token-cache': () => tokens(true),
  token: () => tokens(false),
  basic: async () => {
    await app.register(basicAuth, {
      authenticate: true,
      validate: async (login, password) => {
        if (login !== work.LOGIN || !(await verify(work.PASSWORD_HASH, password))) throw new Error('wrong')
      },
    })
    app.after(() => app.get('/me', { ...hello, onRequest: app.basicAuth }, async () => work.HELLO))
  },
  pg: () => {
    const pool = new pg.Pool({ connectionString: work.DATABASE_URL, max: work.POOL_MAX })
    const columns = 'id, name, price, active, created'
    const id = { type: 'object', properties: { id: { type: 'integer' } } }
    app.get<{ Params: { id: number } }>(
      '/rows/:id',
      { schema: { params: id, response: { 200: row } } },
      async (request, reply) => {
        const values = [request.params.id]
        const { rows } = await pool.query({ name: 'row', text: `SELECT ${columns} FROM item WHERE id = $1`, values })
        return rows[0] ?? reply.code(404).send()
      },
    )
    app.get('/rows', { schema: { response: { 200: { type: 'array', items: row } } } }, async () => {
      const { rows } = await pool.query({ name: 'rows', text: `SELECT ${columns} FROM item ORDER BY id LIMIT 1000` })
      return rows
    })
    const body = {
      type: 'object',
      required: ['name', 'price'],
      properties: { name: { type: 'string', minLength: 1 }, price: number },
    }
    const response = { 201: { type: 'object', properties: { id: number } } }
    app.post<{ Body: { name: string; price: number } }>(
      '/rows',
      { schema: { body, response } },
      async (request, reply) => {
        const { name, price } = request.body
        // A writing call is one transaction in the other server, so it is one here.
        const client = await pool.connect()
        try {
          await client.query('BEGIN')
          const { rows } = await client.query({
            name: 'add',
            text: 'INSERT INTO added (name, price) VALUES ($1, $2) RETURNING id',
            values: [name, price],
          })
          await client.query('COMMIT')
          reply.code(201)
          return rows[0]
        } catch (error) {
          await client.query('ROLLBACK')
          throw error
        } finally {
          client.release()
        }
      },
    )
  },
  static: () => void app.register(fastifyStatic, { root: work.FILES }),
  'reply-1k': () => replies(1_000),
  'reply-100k': () => replies(100_000),
}

async function tokens(cache: boolean): Promise<void> {
  const verifyOptions = { allowedIss: 'bench', allowedAud: 'bench', algorithms: ['HS256' as const], cache }
  await app.register(jwt, { secret: work.SECRET, verify: cache ? { ...verifyOptions, cache: 20_000 } : verifyOptions })
  app.get('/me', { ...hello, onRequest: async (request) => void (await request.jwtVerify()) }, async () => work.HELLO)
}

function replies(bytes: number): void {
  const value = work.payloadOf(bytes)
  const response = { 200: { type: 'object', properties: { items: { type: 'array', items: item } } } }
  app.get('/reply', { schema: { response } }, async () => value)
}

await scenarios[scenario]?.()
for (let i = 0; i < work.routeCount; i++) {
  app.get<{ Params: { id: string } }>(work.pathOf(i), hello, async () => work.HELLO)
}
app.get('/hello', hello, async () => work.HELLO)
await app.listen({ port: work.port, host: '127.0.0.1' })
