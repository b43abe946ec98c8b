import { after, before, describe } from 'node:test'
import { testDriver } from './driver-contract.ts'
import { openDriver } from './open-driver.ts'
import { createTestDatabase, skipWithoutPostgres } from './postgres.test-support.ts'

describe('openPostgres()', { skip: skipWithoutPostgres }, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  before(async () => {
    database = await createTestDatabase()
  })
  after(() => database.drop())

  testDriver('postgres', { open: (limits) => openDriver(database.url, { limits }) })
})
