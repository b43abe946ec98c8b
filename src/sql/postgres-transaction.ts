import { readCursor } from './cursor.ts'
import type { Cell, Description, RawResult, Transaction } from './driver.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { abortedError } from './sql-error.ts'

/** Statements of a batch that are sent without waiting for each other's answer, as long as they are short. */
const BATCH = 50
const BATCH_CHARS_MAX = 8 * 1024

/** A transaction that has a connection alone until it ends. */
export class PostgresTransaction implements Transaction {
  readonly #connection: PostgresConnection
  readonly #begun: Promise<unknown>
  readonly #onEnd: () => void
  /** The last statement: the next waits for it, so that nothing is sent behind a statement that fails. */
  #last: Promise<unknown> = Promise.resolve()
  #cursors = 0
  #isOver = false

  /** `BEGIN` was sent on the connection before, and may still be under way. */
  constructor(connection: PostgresConnection, begun: Promise<unknown>, onEnd: () => void) {
    this.#connection = connection
    this.#begun = begun
    this.#onEnd = onEnd
  }

  run(text: string, values: readonly Cell[]): Promise<RawResult> {
    return this.#then(() => this.#connection.run(text, values))
  }

  runMany(text: string, lists: readonly (readonly Cell[])[]): Promise<number> {
    return this.#then(() => this.#runBatches(text, lists))
  }

  script(text: string): Promise<void> {
    return this.#then(() => this.#connection.script(text).then(() => undefined))
  }

  describe(text: string): Promise<Description> {
    return this.#then(() => this.#connection.describe(text))
  }

  stream(text: string, values: readonly Cell[], batchRows: number): AsyncIterable<RawResult> {
    this.#cursors += 1
    const name = `guichet_cursor_${this.#cursors}`
    const host = {
      runOnce: (fetch: string, list: readonly Cell[]): Promise<RawResult> =>
        this.#then(() => this.#connection.runOnce(fetch, list)),
    }
    return readCursor(host, { name, text, values, batchRows, isHeld: false })
  }

  async commit(): Promise<void> {
    const tag = await this.#finish('COMMIT')
    if (tag !== 'COMMIT') throw abortedError()
  }

  async rollback(): Promise<void> {
    if (this.#isOver) return
    // Nobody waits for what still runs (the deadline of the call has passed), and it may hold locks.
    // Never `BEGIN` itself: what was sent behind it would run on its own.
    await this.#begun
    this.#connection.cancel()
    // A connection that is lost, or that does not answer, is rolled back by the server.
    await this.#finish('ROLLBACK').catch(() => undefined)
  }

  #then<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#last.then(() => {
      if (this.#isOver) throw new TypeError('Cannot run a statement: its transaction is over')
      return run()
    })
    this.#last = next.catch(() => undefined)
    return next
  }

  /** The first alone, so that it is prepared; then as many at once as fit in a buffer that surely takes them. */
  async #runBatches(text: string, lists: readonly (readonly Cell[])[]): Promise<number> {
    let affected = 0
    for (let at = 0; at < lists.length;) {
      const size = this.#connection.isPrepared(text) ? countShort(lists, at) : 1
      const batch = lists.slice(at, at + size).map((values) => this.#connection.run(text, values))
      for (const result of await settleAll(batch)) affected += result.affected
      at += size
    }
    return affected
  }

  async #finish(command: 'COMMIT' | 'ROLLBACK'): Promise<string> {
    const end = this.#then(() => {
      this.#isOver = true
      return this.#connection.script(command)
    })
    try {
      return await end
    } finally {
      this.#connection.setTimeoutMs(null)
      this.#onEnd()
    }
  }
}

function countShort(lists: readonly (readonly Cell[])[], at: number): number {
  let chars = 0
  let count = 0
  while (count < BATCH && at + count < lists.length) {
    for (const value of lists[at + count] ?? []) chars += value?.length ?? 0
    if (count > 0 && chars > BATCH_CHARS_MAX) break
    count += 1
  }
  return count
}

/** Waits for all, then throws the first error: none may still run when the transaction is rolled back. */
async function settleAll(results: readonly Promise<RawResult>[]): Promise<RawResult[]> {
  const settled = await Promise.allSettled(results)
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
