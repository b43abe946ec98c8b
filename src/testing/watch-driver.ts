import type { Connection, Driver, RawResult, Transaction } from '../sql/driver.ts'

/** What an app has open in its database. */
export interface OpenWork {
  /** In words, for a failure: `a transaction`, `a stream of SELECT …`. */
  list(): readonly string[]
  /** Ends all of it, so that the database can be closed. */
  end(): Promise<void>
}

interface OpenPart {
  readonly what: string
  readonly end: () => Promise<unknown>
}

/** A driver that knows which of its transactions and streams were not ended. */
export function watchDriver(driver: Driver): { readonly driver: Driver; readonly work: OpenWork } {
  const open = new Set<OpenPart>()
  const watchStream = (connection: Connection): Connection['stream'] =>
    async function* stream(text, values, batchRows) {
      const rows = connection.stream(text, values, batchRows)[Symbol.asyncIterator]()
      const part = { what: `a stream of ${text.trim().slice(0, 60)}`, end: async () => rows.return?.() }
      open.add(part)
      try {
        yield* { [Symbol.asyncIterator]: (): AsyncIterator<RawResult> => rows }
      } finally {
        open.delete(part)
      }
    }
  const begin: Driver['begin'] = async (options) => {
    const transaction = await driver.begin(options)
    const part = { what: 'a transaction', end: () => transaction.rollback() }
    open.add(part)
    const ended = async (run: () => Promise<void>): Promise<void> => {
      try {
        await run()
      } finally {
        open.delete(part)
      }
    }
    const watched: Transaction = {
      ...bindConnection(transaction),
      stream: watchStream(transaction),
      commit: () => ended(() => transaction.commit()),
      rollback: () => ended(() => transaction.rollback()),
    }
    return watched
  }
  const watched: Driver = {
    ...bindConnection(driver),
    run: (text, values, signal) => driver.run(text, values, signal),
    name: driver.name,
    stream: watchStream(driver),
    begin,
    close: () => driver.close(),
  }
  const work: OpenWork = {
    list: () => [...open].map(({ what }) => what),
    end: async () => {
      await Promise.allSettled([...open].map((part) => part.end()))
    },
  }
  return { driver: watched, work }
}

function bindConnection(connection: Connection): Omit<Connection, 'stream'> {
  return {
    run: (text, values) => connection.run(text, values),
    runMany: (text, lists) => connection.runMany(text, lists),
    script: (text) => connection.script(text),
    describe: (text) => connection.describe(text),
  }
}
