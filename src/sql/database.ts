import { ConfigError } from '../core/config-error.ts'
import type { Int8Mode } from './codecs.ts'
import type { Connection, Driver, TransactionOptions } from './driver.ts'
import { compileFacade } from './facade.ts'
import type { Queries } from './queries.ts'
import { LazySession } from './session.ts'
import type { SqlSession } from './session.ts'

export type { SqlSession } from './session.ts'
import { createTypeCatalog } from './type-catalog.ts'

/** The statements of an app, on one driver. */
export interface Database<Sql> {
  readonly driver: Driver
  /** Statements outside any transaction, each on its own: authentication, groups, reading calls. */
  readonly sql: Sql
  /** The same, given up when `signal` aborts. */
  reading(signal: AbortSignal): Sql
  /** A transaction that opens at its first statement. It must be committed or rolled back. */
  session(options?: TransactionOptions): SqlSession<Sql>
  close(): Promise<void>
}

export interface DatabaseOptions<Sql> {
  readonly queries: Queries<Sql>
  readonly driver: Driver
  /** How `int8` is read; default `number`, which fails beyond 2^53. */
  readonly int8?: Int8Mode
}

/** Throws a `ConfigError` with every mistake of the `.sql` files. `close()` closes the driver. */
export function createDatabase<Sql>({ queries, driver, int8 = 'number' }: DatabaseOptions<Sql>): Database<Sql> {
  const { tree, mistakes } = queries.load()
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const createFacade = compileFacade(tree, createTypeCatalog(int8))
  return {
    driver,
    // The facade has the methods that `Sql` declares: `guichet sql` generates `Sql` from the same files.
    sql: createFacade({ connection: () => driver }) as Sql,
    reading: (signal) => createFacade({ connection: () => untilAborted(driver, signal) }) as Sql, // as above
    session: (options = {}) => new LazySession<Sql>(driver, createFacade, options),
    close: () => driver.close(),
  }
}

function untilAborted(driver: Driver, signal: AbortSignal): Connection {
  return {
    run: (text, values) => driver.run(text, values, signal),
    runMany: (text, lists) => driver.runMany(text, lists),
    script: (text) => driver.script(text),
    describe: (text) => driver.describe(text),
    stream: (text, values, batchRows) => driver.stream(text, values, batchRows),
  }
}
