/** What is measured, with whom, and what is to be reached. */
import { BASIC, BROWSER_HEADERS, createToken, ORDER } from './work.ts'

export interface Contender {
  readonly server: string
  /** What the server is started with; the name of the scenario by default. */
  readonly mode: string
  /** As shown. */
  readonly label: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface Scenario {
  readonly name: string
  readonly about: string
  readonly contenders: readonly Contender[]
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Made once the server runs: it may refuse tokens that are older than itself. */
  readonly tokens?: () => readonly string[]
  readonly body?: string
  readonly connections?: number
  readonly isHttp2?: boolean
  /** Ratios of CPU time per request: a label, the label it is compared with, and what is to be reached. */
  readonly targets?: readonly Target[]
  /** Part of `--quick` and `--guard`. */
  readonly isQuick?: boolean
}

export interface Target {
  readonly of: string
  readonly to: string
  readonly max: number
}

const json = { 'content-type': 'application/json' }
const LABELS: Readonly<Record<string, string>> = {
  guichet: 'Guichet',
  fastify: 'Fastify',
  hono: 'Hono',
  express: 'Express',
  nest: 'NestJS',
  elysia: 'Elysia (Bun)',
  'raw-http': 'node:http',
  'raw-net': 'node:net',
}

const on = (mode: string, ...servers: readonly string[]): readonly Contender[] =>
  servers.map((server) => ({ server, mode, label: LABELS[server] ?? server }))

const all = ['guichet', 'fastify', 'hono', 'express', 'nest', 'elysia'] as const
const against = (max: number, to = 'Fastify', of = 'Guichet'): Target => ({ of, to, max })

const makeTokens = (count: number) => (): readonly string[] =>
  Array.from({ length: count }, (_, i) => `Bearer ${createToken(`user${i}`)}`)
const tokenContenders: readonly Contender[] = [
  { server: 'guichet', mode: 'token', label: 'Guichet' },
  { server: 'guichet', mode: 'token-revocable', label: 'Guichet, revocable' },
  { server: 'fastify', mode: 'token-cache', label: 'Fastify, cache' },
  { server: 'fastify', mode: 'token', label: 'Fastify, no cache' },
]

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'hello',
    about: 'a small JSON object; audit on: a line in a file for each call (Fastify: its own log)',
    path: '/hello',
    contenders: [
      ...on('hello', ...all, 'raw-http', 'raw-net'),
      { server: 'guichet', mode: 'hello-audit', label: 'Guichet, audit', environment: { GUICHET_AUDIT: 'BENCH_LOG' } },
      { server: 'fastify', mode: 'hello-log', label: 'Fastify, log' },
    ],
    targets: [against(0.7), against(0.8, 'Fastify', 'Guichet, audit')],
    isQuick: true,
  },
  {
    name: 'headers',
    about: 'the same with 14 headers of a browser',
    path: '/hello',
    headers: BROWSER_HEADERS,
    contenders: on('headers', ...all),
  },
  {
    name: 'body',
    about: 'a typed path parameter and a JSON body of five validated fields',
    method: 'POST',
    path: '/orders/17',
    headers: json,
    body: JSON.stringify(ORDER),
    contenders: on('body', ...all),
    targets: [against(0.65)],
    isQuick: true,
  },
  {
    name: 'token',
    about: 'a bearer token (HS256), always the same',
    path: '/me',
    tokens: makeTokens(1),
    contenders: tokenContenders,
    targets: [against(0.5, 'Fastify, cache')],
    isQuick: true,
  },
  {
    name: 'token-10k',
    about: '10,000 bearer tokens in turn',
    path: '/me',
    tokens: makeTokens(10_000),
    contenders: tokenContenders,
    targets: [against(0.6, 'Fastify, cache')],
    isQuick: true,
  },
  {
    name: 'basic',
    about: 'login and password, hashed with argon2id; Guichet also with its memory of good credentials',
    path: '/me',
    headers: { authorization: BASIC },
    connections: 4,
    contenders: [
      ...on('basic', 'guichet', 'fastify'),
      { server: 'guichet', mode: 'basic-cache', label: 'Guichet, cache' },
    ],
  },
  {
    name: 'row',
    about: 'one row by key from PostgreSQL',
    path: '/rows/17',
    contenders: on('pg', 'guichet', 'fastify'),
    targets: [against(0.8)],
    isQuick: true,
  },
  {
    name: 'rows',
    about: '1,000 rows of five columns',
    path: '/rows',
    connections: 16,
    contenders: on('pg', 'guichet', 'fastify'),
    targets: [against(0.7)],
    isQuick: true,
  },
  {
    name: 'insert',
    about: 'an insert in a transaction',
    method: 'POST',
    path: '/rows',
    headers: json,
    body: JSON.stringify({ name: 'a small olive tree', price: 12.5 }),
    contenders: on('pg', 'guichet', 'fastify'),
  },
  { name: 'reply-1k', about: 'an answer of 1 kB', path: '/reply', contenders: on('reply-1k', ...all, 'raw-http') },
  {
    name: 'reply-100k',
    about: 'an answer of 100 kB',
    path: '/reply',
    connections: 16,
    contenders: on('reply-100k', ...all, 'raw-http'),
  },
  {
    name: 'static-1k',
    about: 'a file of 1 kB',
    path: '/1k.txt',
    contenders: on('static', 'guichet', 'fastify'),
    targets: [against(1.1)],
    isQuick: true,
  },
  {
    name: 'static-1m',
    about: 'a file of 1 MB',
    path: '/1m.txt',
    connections: 16,
    contenders: on('static', 'guichet', 'fastify'),
    targets: [against(1.1)],
    isQuick: true,
  },
  {
    name: 'routes',
    about: 'one route among 10, 1,000 and 10,000',
    path: '/area-8/things-8/17/parts',
    contenders: [10, 1_000, 10_000].flatMap((count) =>
      (count === 10_000 ? ['guichet', 'fastify'] : ['guichet']).map((server) => ({
        server,
        mode: `routes-${count}`,
        label: `${LABELS[server]}, ${count.toLocaleString('en')}`,
      })),
    ),
    targets: [against(1.1, 'Guichet, 10', 'Guichet, 10,000')],
    isQuick: true,
  },
  { name: 'tls', about: 'hello over TLS 1.3', path: '/hello', contenders: on('tls', 'guichet', 'fastify') },
  {
    name: 'h2',
    about: 'hello over HTTP/2, eight streams on each of eight connections',
    path: '/hello',
    isHttp2: true,
    contenders: on('h2', 'guichet', 'fastify'),
  },
]
