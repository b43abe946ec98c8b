import { randomBytes } from 'node:crypto'
import { defaultLimits } from '../core/limits.ts'
import { openDriver } from './open-driver.ts'

const SERVER = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function findServer(): Promise<string | null> {
  try {
    const driver = await openDriver(SERVER, { limits: defaultLimits })
    await driver.close()
    return SERVER
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    return null
  }
}

/** The server that answers, or null; under `CI=true` a missing one is a failure. */
export const postgresServer: string | null = await findServer()

/** For `describe(…, { skip })`. */
export const skipWithoutPostgres: string | false =
  postgresServer === null ? `no PostgreSQL answers at ${SERVER}` : false

/** Creates a database of its own for a test file. */
export async function createTestDatabase(): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `guichet_test_${randomBytes(6).toString('hex')}`
  await runOnServer(`CREATE DATABASE ${name}`)
  const url = new URL(SERVER)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOnServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function runOnServer(text: string): Promise<void> {
  const driver = await openDriver(SERVER, { limits: defaultLimits })
  try {
    await driver.script(text)
  } finally {
    await driver.close()
  }
}
