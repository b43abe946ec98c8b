import type { Services } from '../core/services.ts'
import { IDEMPOTENCY_TABLE, purgeSqlRecords } from '../guard/idempotency-records.ts'
import type { Driver } from '../sql/driver.ts'

const PURGE_EVERY_MS = 3_600_000

/**
 * Makes the table of answers with an idempotency key in the app's own database, and deletes those whose time has ended:
 * now and each hour, until the function that it gives is called.
 */
export async function openIdempotencyTable(driver: Driver, { clock, log }: Services): Promise<() => void> {
  const purge = (): Promise<number> => purgeSqlRecords((text, values) => driver.run(text, values), clock)
  await driver.script(IDEMPOTENCY_TABLE)
  await purge()
  const timer = setInterval(() => {
    // The next hour comes by itself.
    purge().catch((error: unknown) => log.warn({ error: String(error) }, 'old idempotent answers were not deleted'))
  }, PURGE_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
