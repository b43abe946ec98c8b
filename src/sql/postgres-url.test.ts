import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { maskDatabaseUrl } from './open-driver.ts'
import { parsePostgresUrl } from './postgres-url.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-tls-'))
after(() => rmSync(folder, { recursive: true }))
const ca = join(folder, 'ca.pem')
writeFileSync(ca, 'CA')

const MODES: readonly (readonly [url: string, ssl: unknown])[] = [
  ['postgres://localhost/a', false],
  ['postgres://u:p@127.0.0.1:5433/a', false],
  ['postgres://[::1]/a', false],
  ['postgres:///a?host=/run/postgresql', false],
  ['postgres://db.example/a', 'prefer'],
  ['postgres://db.example/a?sslmode=disable', false],
  ['postgres://localhost/a?sslmode=require', 'require'],
  ['postgres://db.example/a?sslmode=verify-full', { rejectUnauthorized: true, host: 'db.example' }],
  ['postgres://db.example/a?sslmode=verify-full&sslrootcert=system', { rejectUnauthorized: true, host: 'db.example' }],
  [
    `postgres://db.example/a?sslmode=verify-full&sslrootcert=${ca}`,
    { ca: 'CA', rejectUnauthorized: true, host: 'db.example' },
  ],
  [`postgres://db.example/a?sslrootcert=${ca}`, { ca: 'CA', rejectUnauthorized: true, host: 'db.example' }],
  [
    `postgres://db.example/a?sslmode=require&sslcert=${ca}&sslkey=${ca}`,
    { cert: 'CA', key: 'CA', rejectUnauthorized: false },
  ],
]
for (const [url, ssl] of MODES) {
  test(`parsePostgresUrl() reads the TLS of ${url.replace(folder, '')}`, () => {
    assert.deepEqual(parsePostgresUrl(url).ssl, ssl)
  })
}

test('parsePostgresUrl() checks the authority and not the name for verify-ca', () => {
  const { ssl } = parsePostgresUrl(`postgres://db.example/a?sslmode=verify-ca&sslrootcert=${ca}`)
  assert.ok(typeof ssl === 'object' && ssl.rejectUnauthorized === true && ssl.checkServerIdentity !== undefined)
})

test('parsePostgresUrl() keeps other parameters and takes its own out', () => {
  const { url, host } = parsePostgresUrl('postgres://u:p%40@/a?host=/run&sslmode=disable&application_name=x')
  assert.deepEqual({ url, host }, { url: 'postgres://u:p%40@/a?application_name=x', host: '/run' })
})

for (const query of ['sslmode=on', 'sslrootcert=/nowhere/ca.pem', `sslmode=require&sslcert=${ca}`]) {
  test(`parsePostgresUrl() throws a ConfigError on ?${query.replace(folder, '')}`, () => {
    assert.throws(() => parsePostgresUrl(`postgres://db.example/a?${query}`), ConfigError)
  })
}

test('maskDatabaseUrl() hides the password', () => {
  assert.equal(maskDatabaseUrl('postgres://u:hun:ter2@h/a'), 'postgres://u:***@h/a')
  assert.equal(maskDatabaseUrl('postgres://h/a?user=u&password=hunter2&x=1'), 'postgres://h/a?user=u&password=***&x=1')
  assert.equal(maskDatabaseUrl('pglite:.guichet/data'), 'pglite:.guichet/data')
})
