import type { AuditSink } from './record.ts'

/** One sink that gives each record to all of several. */
export function joinSinks(sinks: readonly AuditSink[]): AuditSink {
  const [only] = sinks
  if (sinks.length === 1 && only !== undefined) return only
  const tables = sinks.filter((sink) => sink.commit !== undefined)
  const all = async (run: (sink: AuditSink) => Promise<void>): Promise<void> => {
    for (const sink of sinks) await run(sink)
  }
  return {
    name: sinks.map(({ name }) => name).join('+'),
    record: (record, isCommitted) => {
      for (const sink of sinks) sink.record(record, isCommitted)
    },
    ...(tables.length === 0
      ? {}
      : {
          commit: async (record, run) => {
            for (const table of tables) await table.commit?.(record, run)
          },
        }),
    flush: () => all((sink) => sink.flush()),
    close: () => all((sink) => sink.close()),
  }
}
