import type { TransactionOptions } from './driver.ts'

/** The statement that opens a transaction. */
export function formatBegin({ isolation, readonly }: TransactionOptions): string {
  return `BEGIN ISOLATION LEVEL ${isolation === 'serializable' ? 'SERIALIZABLE' : 'READ COMMITTED'}${readonly ? ' READ ONLY' : ''}`
}
