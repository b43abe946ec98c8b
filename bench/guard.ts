/** What `--guard` says of the ratios that were measured now, beside those of the last full run. */

/** Two contenders of a scenario, by their labels. */
export interface Pair {
  readonly scenario: string
  readonly of: string
  readonly to: string
}
export interface PairRatio extends Pair {
  readonly value: number
}

const SHARE = 0.15
const SLACK = 0.05

/**
 * One line for each pair that is worse, that was not measured, or that nothing is known of; empty where all is well.
 * Ratios move by some per cent from run to run, more on a machine that others use too.
 */
export function findWorse(
  wanted: readonly Pair[],
  { now, before }: { readonly now: readonly PairRatio[]; readonly before: readonly PairRatio[] },
): readonly string[] {
  if (wanted.length === 0) return ['Nothing to compare: none of these scenarios has a ratio to reach']
  return wanted.flatMap((pair) => {
    const name = `${pair.scenario}, ${pair.of} against ${pair.to}`
    const [one, old] = [find(now, pair), find(before, pair)]
    if (one === undefined) return [`Not measured: ${name}`]
    if (old === undefined) return [`Not in RESULTS.md: ${name}: ${one.value.toFixed(2)}`]
    const isWorse = one.value > old.value * (1 + SHARE) + SLACK
    return isWorse ? [`Worse: ${name}: ${one.value.toFixed(2)}, was ${old.value.toFixed(2)}`] : []
  })
}

function find(ratios: readonly PairRatio[], { scenario, of, to }: Pair): PairRatio | undefined {
  return ratios.find((one) => one.scenario === scenario && one.of === of && one.to === to)
}
