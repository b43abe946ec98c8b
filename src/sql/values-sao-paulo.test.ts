import { describe } from 'node:test'
import { openDriver } from './open-driver.ts'
import { postgresServer, skipWithoutPostgres } from './postgres.test-support.ts'
import { testValues } from './value-contract.ts'

process.env['TZ'] = 'America/Sao_Paulo'

testValues('pglite', { open: (limits) => openDriver('pglite:memory:', { limits }) })

describe('on a server', { skip: skipWithoutPostgres }, () => {
  testValues('postgres', { open: (limits) => openDriver(postgresServer ?? '', { limits }) })
})
