import { testDriver } from './driver-contract.ts'
import { openDriver } from './open-driver.ts'

testDriver('pglite', { open: (limits) => openDriver('pglite:memory:', { limits }) })
