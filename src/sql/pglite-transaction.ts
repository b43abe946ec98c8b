import { readCursor } from './cursor.ts'
import type { Cell, Description, RawResult, Transaction } from './driver.ts'
import type { PgliteSession } from './pglite-session.ts'
import { abortedError, SqlError } from './sql-error.ts'

const BATCH = 200

export interface PgliteTransactionOptions {
  /** Without a statement for so long it is rolled back, since everybody else waits for it. */
  readonly idleMs: number
  readonly onEnd: () => void
}

/** The transaction that has the one connection of the embedded server. */
export class PgliteTransaction implements Transaction {
  readonly #session: PgliteSession
  readonly #onEnd: () => void
  readonly #timer: NodeJS.Timeout
  /** The last statement: the next waits for it, so that statements of one transaction never overlap. */
  #last: Promise<unknown> = Promise.resolve()
  #cursors = 0
  #end: 'open' | 'idle' | 'over' = 'open'

  constructor(session: PgliteSession, { idleMs, onEnd }: PgliteTransactionOptions) {
    this.#session = session
    this.#onEnd = onEnd
    this.#timer = setTimeout(() => void this.#finish('idle', 'ROLLBACK'), idleMs)
    this.#timer.unref()
  }

  run(text: string, values: readonly Cell[]): Promise<RawResult> {
    return this.#then(() => this.#session.run(text, values))
  }

  runMany(text: string, lists: readonly (readonly Cell[])[]): Promise<number> {
    return this.#then(async () => {
      let affected = 0
      for (let at = 0; at < lists.length; at += BATCH) {
        affected += await this.#session.runMany(text, lists.slice(at, at + BATCH))
      }
      return affected
    })
  }

  script(text: string): Promise<void> {
    return this.#then(() => this.#session.script(text).then(() => undefined))
  }

  describe(text: string): Promise<Description> {
    return this.#then(() => this.#session.describe(text))
  }

  stream(text: string, values: readonly Cell[], batchRows: number): AsyncIterable<RawResult> {
    this.#cursors += 1
    const name = `guichet_cursor_${this.#cursors}`
    const host = {
      runOnce: (fetch: string, list: readonly Cell[]): Promise<RawResult> =>
        this.#then(() => this.#session.runOnce(fetch, list)),
    }
    return readCursor(host, { name, text, values, batchRows, isHeld: false })
  }

  async commit(): Promise<void> {
    this.#check()
    const tag = await this.#finish('over', 'COMMIT')
    if (tag !== 'COMMIT') throw abortedError()
  }

  async rollback(): Promise<void> {
    if (this.#end === 'open') await this.#finish('over', 'ROLLBACK')
    this.#end = 'over'
  }

  #then<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#last
      .then(() => {
        this.#check()
        return run()
      })
      .finally(() => {
        if (this.#end === 'open') this.#timer.refresh()
      })
    this.#last = next.catch(() => undefined)
    return next
  }

  #check(): void {
    if (this.#end === 'over') throw new TypeError('Cannot run a statement: its transaction is over')
    if (this.#end === 'idle') throw idleError()
  }

  async #mark(end: 'idle' | 'over'): Promise<void> {
    await this.#last
    this.#end = end
  }

  async #finish(end: 'idle' | 'over', command: string): Promise<string> {
    clearTimeout(this.#timer)
    // Marked after the statements that were asked before, which still run.
    const mark = this.#mark(end)
    this.#last = mark
    await mark
    try {
      return await this.#session.script(command)
    } catch (error) {
      // A deferred constraint fails at the commit: the server has rolled back.
      if (this.#session.isInTransaction) await this.#session.script('ROLLBACK')
      throw error
    } finally {
      this.#onEnd()
    }
  }
}

function idleError(): SqlError {
  const message = 'the transaction was rolled back, since it waited too long for its next statement'
  return new SqlError({ source: 'server', sqlstate: '25P03', message })
}
