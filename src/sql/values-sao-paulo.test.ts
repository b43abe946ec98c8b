import { after, before, describe } from 'node:test'
import { openDriver } from './open-driver.ts'
import { createTestDatabase, skipWithoutPostgres } from './postgres.test-support.ts'
import { testValues } from './value-contract.ts'

process.env['TZ'] = 'America/Sao_Paulo'

testValues('pglite', { open: (limits) => openDriver('pglite:memory:', { limits }) })

describe('on a server', { skip: skipWithoutPostgres }, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase()
  })
  after(() => database.drop())

  testValues('postgres', { open: (limits) => openDriver(database.url, { limits }) })
})
