import type { TransactionOptions } from './driver.ts'

/** The statement that opens a transaction. A read-only one sees the same rows in all its statements. */
export function formatBegin({ isolation, readonly }: TransactionOptions): string {
  const level = isolation === 'serializable' ? 'SERIALIZABLE' : readonly ? 'REPEATABLE READ' : 'READ COMMITTED'
  return `BEGIN ISOLATION LEVEL ${level}${readonly ? ' READ ONLY' : ''}`
}
