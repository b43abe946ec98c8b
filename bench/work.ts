/** What every server does in this benchmark: the same payloads, secrets and requests for all. */
import { createHmac } from 'node:crypto'

export const HELLO = { hello: 'world' } as const
export const SECRET = 'a secret for measuring only, long enough for HS256'
export const KEY_ID = 'bench'
export const LOGIN = 'calvin'
export const PASSWORD = 'hobbes and the tiger 1985'
export const DATABASE_URL = process.env['BENCH_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/guichet_bench'
/** Connections to the database, for all servers. */
export const POOL_MAX = 10
/** Hashing threads at once, for all servers. */
export const HASHES_MAX = 2

/** A JSON object of about `bytes` bytes. */
export function payloadOf(bytes: number): { readonly items: readonly { id: number; name: string; active: boolean }[] } {
  const items = []
  for (let id = 0, length = 12; length < bytes - 20; id++) {
    const item = { id: 1000 + id, name: `item number ${1000 + id}`, active: id % 2 === 0 }
    length += JSON.stringify(item).length + 1
    items.push(item)
  }
  return { items }
}

/** The body of five fields that is validated. */
export const ORDER = {
  name: 'a small olive tree',
  email: 'calvin@example.org',
  quantity: 3,
  price: 12.5,
  gift: true,
} as const

/** Headers of a browser, fourteen with Host. */
export const BROWSER_HEADERS: Readonly<Record<string, string>> = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9,fr;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'cache-control': 'max-age=0',
  connection: 'keep-alive',
  cookie: 'theme=dark; seen=1; visitor=0123456789abcdef',
  'sec-ch-ua': '"Chromium";v="131", "Not_A Brand";v="24"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
}

/** An HS256 token that all servers take: same key, same claims. */
export function createToken(user: string): string {
  const nowS = Math.floor(Date.now() / 1000)
  const claims = { iss: 'bench', aud: 'bench', sub: user, jti: `${user}-id`, iat: nowS, exp: nowS + 3600 }
  const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: KEY_ID })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export const BASIC = `Basic ${Buffer.from(`${LOGIN}:${PASSWORD}`).toString('base64')}`

/** The path of route `i` among many. */
export function pathOf(i: number): string {
  return `/area-${i % 97}/things-${i}/:id/parts`
}

/** The folder with `1k.txt` and `1m.txt`. */
export const FILES = process.env['BENCH_FILES'] ?? ''

/** What the server is started with. */
export const scenario = process.env['BENCH_SCENARIO'] ?? 'hello'
export const port = Number(process.env['PORT'] ?? 3000)
/** Routes beside the one that is called. */
export const routeCount = scenario.startsWith('routes-') ? Number(scenario.slice(7)) : scenario === 'start' ? 100 : 0
export const isTls = scenario === 'tls' || scenario === 'h2'
export const CERTIFICATE = process.env['BENCH_CERTIFICATE'] ?? ''
export const KEY = process.env['BENCH_KEY'] ?? ''
/** Argon2id of `PASSWORD` with the parameters of the framework, made once by the runner. */
export const PASSWORD_HASH = process.env['BENCH_PASSWORD_HASH'] ?? ''
