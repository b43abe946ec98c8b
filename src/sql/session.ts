import type { Connection, Driver, Transaction, TransactionOptions } from './driver.ts'
import type { CreateFacade } from './facade.ts'
import type { Runner } from './statement-call.ts'

/** A transaction that opens at its first statement, and the statements that run in it. */
export interface SqlSession<Sql> {
  readonly sql: Sql
  /** True between the first statement and the end. */
  readonly isOpen: boolean
  /** True after `commit` or `rollback`: statements are then refused. */
  readonly isOver: boolean
  /** Does nothing when no statement ran. Fails, and nothing is kept, when a statement had failed and was not undone. */
  commit(): Promise<void>
  /** Never fails. */
  rollback(): Promise<void>
  /** Runs a part that may fail alone: what it changed is undone when it throws, and the transaction goes on. */
  savepoint<T>(run: () => Promise<T>): Promise<T>
  /** The transaction itself, opened when it is not yet, for text that no file has. */
  transaction(): Promise<Transaction>
}

export class LazySession<Sql> implements SqlSession<Sql>, Runner {
  readonly #driver: Driver
  readonly #options: TransactionOptions
  readonly #createFacade: CreateFacade
  #facade: Sql | undefined
  #opening: Promise<Transaction> | null = null
  #transaction: Transaction | null = null
  #isOver = false
  #savepoints = 0

  constructor(driver: Driver, createFacade: CreateFacade, options: TransactionOptions) {
    this.#driver = driver
    this.#createFacade = createFacade
    this.#options = options
  }

  get sql(): Sql {
    // The facade has the methods that `Sql` declares: `guichet sql` generates `Sql` from the same files.
    return (this.#facade ??= this.#createFacade(this) as Sql)
  }

  get isOpen(): boolean {
    return this.#transaction !== null && !this.#isOver
  }

  get isOver(): boolean {
    return this.#isOver
  }

  connection(): Connection | Promise<Connection> {
    if (this.#transaction !== null && !this.#isOver) return this.#transaction
    return this.#waitForOpen()
  }

  /** The call may end while its transaction still opens: then the statement must not run. */
  async #waitForOpen(): Promise<Connection> {
    const transaction = await this.transaction()
    if (this.#isOver) throw overError()
    return transaction
  }

  transaction(): Promise<Transaction> {
    if (this.#isOver) return Promise.reject(overError())
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<Transaction> {
    const transaction = await this.#driver.begin(this.#options)
    this.#transaction = transaction
    return transaction
  }

  async commit(): Promise<void> {
    const transaction = await this.#end()
    await transaction?.commit()
  }

  async rollback(): Promise<void> {
    const transaction = await this.#end()
    await transaction?.rollback()
  }

  /** A call that ends while its first statement still opens the transaction waits for it, so that none is left open. */
  async #end(): Promise<Transaction | null> {
    if (this.#isOver) return null
    this.#isOver = true
    return this.#opening === null ? null : this.#opening.catch(() => null)
  }

  async savepoint<T>(run: () => Promise<T>): Promise<T> {
    const transaction = await this.transaction()
    this.#savepoints += 1
    const name = `guichet_${this.#savepoints}`
    await transaction.script(`SAVEPOINT ${name}`)
    try {
      const result = await run()
      await transaction.script(`RELEASE SAVEPOINT ${name}`)
      return result
    } catch (error) {
      // A lost connection has undone more than the savepoint; the error of the part says more than this one.
      await transaction.script(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`).catch(() => undefined)
      throw error
    }
  }
}

function overError(): TypeError {
  return new TypeError('Cannot run a statement: the transaction of the call is over')
}
