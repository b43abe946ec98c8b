import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { AppOptions, Call, RouteOptions, UploadedFile } from 'guichet'

const page = readFileSync(new URL('../../docs/reference/declarations.md', import.meta.url), 'utf8')

type Names<T> = Readonly<Record<keyof T, true>>

// The compiler wants each name here, and no other.
const APP: Names<AppOptions<unknown, never>> = {
  name: true,
  authn: true,
  realm: true,
  database: true,
  config: true,
  errors: true,
  errorPages: true,
  cookies: true,
  pages: true,
  passwords: true,
  limits: true,
  limit: true,
  cors: true,
  timeout: true,
  host: true,
  port: true,
  prefix: true,
  trustedProxies: true,
  tls: true,
  http2: true,
  redirectPort: true,
  forwardingHeader: true,
  proxyProtocol: true,
  listener: true,
  audit: true,
  welcome: true,
}

const ROUTE: Names<RouteOptions> & { readonly authorize: true; readonly params: true } = {
  authorize: true,
  params: true,
  authn: true,
  realm: true,
  fresh: true,
  limit: true,
  cors: true,
  timeout: true,
  idempotent: true,
  essential: true,
  etag: true,
  readonly: true,
  serializable: true,
  retry: true,
  bodyBytesMax: true,
  summary: true,
  description: true,
  tags: true,
  deprecated: true,
  reply: true,
  status: true,
  refuses: true,
}

const CALL: Names<Call> = {
  user: true,
  scheme: true,
  identity: true,
  realm: true,
  sql: true,
  config: true,
  id: true,
  transport: true,
  method: true,
  path: true,
  peer: true,
  header: true,
  cookie: true,
  bodyField: true,
  received: true,
  addHeader: true,
  now: true,
  log: true,
  signal: true,
  afterCommit: true,
  forget: true,
  createToken: true,
  hashPassword: true,
  passwords: true,
  cache: true,
  keyring: true,
  nonce: true,
  csrfToken: true,
  hasSecureCookies: true,
}

const FILE: Names<UploadedFile> = {
  name: true,
  type: true,
  sizeBytes: true,
  path: true,
  result: true,
  read: true,
  stream: true,
  moveTo: true,
}

/** The names in the first column of the table under a heading. */
function namesUnder(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(heading)) ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)/g)].map(([, name = '']) => name))
}

describe('docs/reference/declarations.md', () => {
  const tables = { 'An app: `guichet({ … })`': APP, 'A route\n': ROUTE, 'A call\n': CALL, 'A file\n': FILE }
  for (const [heading, names] of Object.entries(tables)) {
    it(`has each name of "${heading.trim()}", and no other`, () => {
      assert.deepEqual(new Set(namesUnder(heading)), new Set(Object.keys(names)))
    })
  }
})
