import type { Cell, RawResult } from './driver.ts'

/** Runs a statement without keeping it prepared: the text `FETCH … FROM name` has other columns for each cursor. */
export interface CursorHost {
  runOnce(text: string, values: readonly Cell[]): Promise<RawResult>
}

export interface CursorOptions {
  readonly name: string
  readonly text: string
  readonly values: readonly Cell[]
  readonly batchRows: number
  /** The cursor outlives its transaction: the server keeps the rows, on its disk where they are many. */
  readonly isHeld: boolean
}

/** Reads a SELECT through a cursor of the server, one batch for each pull. */
export async function* readCursor(
  host: CursorHost,
  options: CursorOptions,
): AsyncGenerator<RawResult, void, undefined> {
  const { name, text, values, batchRows, isHeld } = options
  await host.runOnce(`DECLARE ${name} NO SCROLL CURSOR ${isHeld ? 'WITH HOLD ' : ''}FOR ${text}`, values)
  let isBroken = false
  try {
    for (let first: RawResult | null = null; ;) {
      const batch = await fetchBatch(host, name, batchRows).catch((error: unknown) => {
        isBroken = true
        throw error
      })
      first ??= batch
      // The first columns for all batches, so that their reader is made once.
      if (batch.rows.length > 0) yield { columns: first.columns, rows: batch.rows, affected: batch.affected }
      if (batch.rows.length < batchRows) return
    }
  } finally {
    // After an error the transaction is aborted, and its cursor gone with it.
    if (!isBroken) await host.runOnce(`CLOSE ${name}`, [])
  }
}

function fetchBatch(host: CursorHost, name: string, batchRows: number): Promise<RawResult> {
  return host.runOnce(`FETCH FORWARD ${batchRows} FROM ${name}`, [])
}
