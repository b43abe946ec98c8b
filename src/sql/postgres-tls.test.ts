import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import { openDriver } from './open-driver.ts'
import { createCluster, skipWithoutCluster } from './postgres-cluster.test-support.ts'
import type { PostgresCluster } from './postgres-cluster.test-support.ts'
import { refusalOfSqlError, SqlError } from './sql-error.ts'

const PASSWORD = 'hunter2 é@:/?'
const HBA = 'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n'

describe('openPostgres() by hostssl with scram-sha-256', { skip: skipWithoutCluster }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-certificates-'))
  let cluster: PostgresCluster
  let url: (query: string, host?: string) => string
  let drivers: { close(): Promise<void> }[] = []
  before(async () => {
    cluster = createCluster()
    cluster.start()
    const driver = await openDriver(cluster.url, { limits: defaultLimits })
    await driver.script(`SET password_encryption = 'scram-sha-256'; CREATE USER calvin PASSWORD '${PASSWORD}'`)
    await driver.close()
    cluster.stop('fast')
    const { key, cert } = createCertificate('server', '/CN=localhost', 'subjectAltName=DNS:localhost')
    cluster.write('server.key', readFileSync(key, 'utf8'))
    cluster.write('server.crt', readFileSync(cert, 'utf8'))
    cluster.write('pg_hba.conf', HBA)
    cluster.write(
      'postgresql.auto.conf',
      `port = ${cluster.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nssl = on\n`,
    )
    cluster.start()
    url = (query, host = 'localhost') =>
      `postgres://calvin:${encodeURIComponent(PASSWORD)}@${host}:${cluster.port}/postgres?${query}`
  })
  after(async () => {
    await Promise.all(drivers.map((driver) => driver.close()))
    cluster.remove()
    rmSync(folder, { recursive: true })
  })

  function createCertificate(name: string, subject: string, extension: string): { key: string; cert: string } {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert, '-subj', subject, '-addext', extension], {
      stdio: 'ignore',
    })
    return { key, cert }
  }

  async function isEncrypted(address: string): Promise<unknown> {
    const driver = await openDriver(address, { limits: defaultLimits })
    drivers = [...drivers, driver]
    return (await driver.run('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', [])).rows[0]?.[0]
  }

  async function failureOf(address: string): Promise<SqlError> {
    const error = await isEncrypted(address).catch((reason: unknown) => reason)
    assert.ok(error instanceof SqlError)
    return error
  }

  test('sslmode=verify-full accepts the authority and the name that are right', async () => {
    assert.equal(await isEncrypted(url(`sslmode=verify-full&sslrootcert=${join(folder, 'server.crt')}`)), 't')
  })

  test('sslmode=require and prefer encrypt without a check', async () => {
    assert.deepEqual([await isEncrypted(url('sslmode=require')), await isEncrypted(url('sslmode=prefer'))], ['t', 't'])
  })

  test('sslmode=verify-full refuses another authority, and a name that the certificate does not have', async () => {
    const { cert } = createCertificate('other', '/CN=localhost', 'subjectAltName=DNS:localhost')
    const wrong = [
      url(`sslmode=verify-full&sslrootcert=${cert}`),
      url(`sslmode=verify-full&sslrootcert=${join(folder, 'server.crt')}`, '127.0.0.1'),
    ]
    for (const address of wrong) assert.equal(refusalOfSqlError(await failureOf(address))?.code, 'SQL_UNAVAILABLE')
  })

  test('sslmode=verify-ca accepts another name', async () => {
    const address = url(`sslmode=verify-ca&sslrootcert=${join(folder, 'server.crt')}`, '127.0.0.1')
    assert.equal(await isEncrypted(address), 't')
  })

  test('a wrong password and a connection in the clear are refused without the password in the error', async () => {
    const wrong = await failureOf(url('sslmode=require').replace('hunter2', 'hunter3'))
    const clear = await failureOf(url('sslmode=disable'))
    assert.deepEqual([wrong.sqlstate, clear.sqlstate], ['28P01', '28000'])
    assert.doesNotMatch(`${wrong.stack} ${clear.stack} ${JSON.stringify([wrong, clear])}`, /hunter/)
  })
})
