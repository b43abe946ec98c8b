import type * as PromClient from 'prom-client'
import type { TeamAnswer } from '../core/team.ts'

/** The metrics of one process as text that another process can read. */
export async function formatForTeam(registry: PromClient.Registry): Promise<string> {
  return JSON.stringify(await registry.getMetricsAsJSON())
}

interface Family {
  readonly values: readonly { readonly labels: Readonly<Record<string, string | number>> }[]
}

/**
 * The metrics of all processes in one text, each series with the number of its process in the label `worker`. A sum over
 * processes would go down when one of them is replaced, which a scraper takes for a restart of all.
 */
export function mergeMetrics(
  { AggregatorRegistry }: typeof PromClient,
  answers: readonly TeamAnswer[],
): Promise<string> {
  const ordered = answers.toSorted((one, other) => one.worker - other.worker)
  const all = ordered.map(({ worker, text }) =>
    (JSON.parse(text) as readonly Family[]) // only `formatForTeam` writes it
      .map((family) => ({ ...family, values: family.values.map((value) => labelled(value, worker)) })),
  )
  return AggregatorRegistry.aggregate(all).metrics()
}

function labelled(value: Family['values'][number], worker: number): Family['values'][number] {
  return { ...value, labels: { ...value.labels, worker: String(worker) } }
}
