/** What a run found, as text, as RESULTS.md, and as numbers that a later run compares with. */
import { cpus, release, totalmem } from 'node:os'
import type { Sample } from './measure/measure.ts'
import type { Rest } from './measure/rest.ts'
import type { Scenario, Target } from './scenarios.ts'

export interface Row {
  readonly label: string
  readonly samples: readonly Sample[]
  /** Why there are no samples. */
  readonly missing?: string
}
export interface Result {
  readonly scenario: Scenario
  readonly rows: readonly Row[]
}
export interface RestRow {
  readonly label: string
  readonly rest: Rest | null
  readonly startMs: readonly number[]
}
export interface Run {
  readonly results: readonly Result[]
  readonly rest: readonly RestRow[]
  readonly rounds: number
  readonly seconds: number
  readonly generator: string
  readonly note: string
}
export interface Ratio extends Target {
  readonly scenario: string
  readonly value: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (i: number): number => sorted[i] ?? Number.NaN
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
}

/** All ratios for which there are targets: the median of those of each round, since a machine is not always equally fast. */
export function ratiosOf(results: readonly Result[]): readonly Ratio[] {
  return results.flatMap(({ scenario, rows }) =>
    (scenario.targets ?? []).flatMap((target) => {
      const cpuOf = (label: string): readonly number[] =>
        rows.find((row) => row.label === label)?.samples.map(({ cpuUs }) => cpuUs) ?? []
      const others = cpuOf(target.to)
      const value = median(cpuOf(target.of).map((cpuUs, round) => cpuUs / (others[round] ?? Number.NaN)))
      return Number.isFinite(value) ? [{ ...target, scenario: scenario.name, value }] : []
    }),
  )
}

const us = (value: number): string => value.toFixed(value >= 100 ? 0 : 1)
const ms = (valueUs: number): string => (valueUs / 1000).toFixed(valueUs >= 10_000 ? 0 : 1)

export function formatResult({ scenario, rows }: Result): string {
  const base = median(rows.find(({ label }) => label.startsWith('Fastify'))?.samples.map(({ cpuUs }) => cpuUs) ?? [])
  const lines = rows.map(({ label, samples, missing }) => {
    if (missing !== undefined) return `| ${label} | not measured: ${missing} | | | | | |`
    const cpu = samples.map(({ cpuUs }) => cpuUs)
    const all = (pick: (sample: Sample) => number): number => median(samples.map(pick))
    const ratio = base > 0 ? (median(cpu) / base).toFixed(2) : ''
    const errors = samples.reduce((sum, sample) => sum + sample.errors, 0)
    const cells = [
      errors > 0 ? `${label} (${errors} errors)` : label,
      us(median(cpu)),
      `${us(Math.min(...cpu))} to ${us(Math.max(...cpu))}`,
      ratio,
      all((one) => one.perSecond).toFixed(0),
      ms(all((one) => one.p50Us)),
      ms(all((one) => one.p99Us)),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head =
    '| server | CPU µs a request | range | of Fastify | requests/s | p50 ms | p99 ms |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |'
  return `### ${scenario.name}: ${scenario.about}\n\n${head}\n${lines.join('\n')}\n`
}

export function formatRatios(ratios: readonly Ratio[]): string {
  const lines = ratios.map(
    ({ scenario, of, to, value, max }) =>
      `| ${scenario} | ${of} | ${to} | ${value.toFixed(2)} | ${max.toFixed(2)} | ${value <= max ? 'reached' : 'missed'} |`,
  )
  return `| scenario | CPU of | compared with | ratio | wanted at most | |\n| --- | --- | --- | ---: | ---: | --- |\n${lines.join('\n')}\n`
}

export function formatRest(rows: readonly RestRow[]): string {
  const lines = rows.map(({ label, rest, startMs }) => {
    const heap = rest?.heapKbEach ?? null
    const memory =
      rest === null
        ? ' | | '
        : `${rest.residentMb.toFixed(0)} | ${rest.residentKbEach.toFixed(1)} | ${heap === null ? 'not known' : heap.toFixed(1)}`
    const start =
      startMs.length === 0
        ? ''
        : `${median(startMs).toFixed(0)} (${Math.min(...startMs).toFixed(0)} to ${Math.max(...startMs).toFixed(0)})`
    return `| ${label} | ${memory} | ${start} |`
  })
  const head =
    '| server | resident MB at rest | resident kB per idle connection | heap kB per idle connection | first answer ms, 100 routes |\n| --- | ---: | ---: | ---: | ---: |'
  return `${head}\n${lines.join('\n')}\n`
}

const START_MS_MAX = 150
const HEAP_KB_MAX = 4

/** What the framework is to reach at rest. */
export function formatRestTargets(rows: readonly RestRow[]): string {
  const own = rows.find(({ label }) => label === 'Guichet')
  const measured: readonly (readonly [what: string, value: number, max: number, unit: string])[] = [
    ['first answer, 100 routes', median(own?.startMs ?? []), START_MS_MAX, 'ms'],
    ['heap of an idle connection', own?.rest?.heapKbEach ?? Number.NaN, HEAP_KB_MAX, 'kB'],
  ]
  const lines = measured
    .filter(([, value]) => Number.isFinite(value))
    .map(
      ([what, value, max, unit]) =>
        `| ${what} | ${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit} | ${max} ${unit} | ${value <= max ? 'reached' : 'missed'} |`,
    )
  return lines.length === 0
    ? ''
    : `| at rest | measured | wanted at most | |\n| --- | ---: | ---: | --- |\n${lines.join('\n')}\n`
}

export function formatReport(run: Run): string {
  const [cpu] = cpus()
  const machine = `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB, Linux ${release()}`
  return `# Results

Written by \`npm run bench\`. What is measured, and how: [README.md](README.md).

- ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${machine}
- generator: ${run.generator}; for HTTP/2: load/http2-load.ts (own, on node:http2)
- ${run.rounds} rounds of ${run.seconds} s, servers in turn, each started anew; medians, with their ranges; a ratio is the median of the
  ratios in each round
- ${run.note}

![CPU time of a request](results.svg)

## What was to be reached

${formatRatios(ratiosOf(run.results))}
${formatRestTargets(run.rest)}
## Each scenario

The figure is the time of the processor (user and system) of the server's whole process tree for one request. Less is
better.

${run.results.map(formatResult).join('\n')}
## At rest

${formatRest(run.rest)}`
}

export interface OldRatio {
  readonly scenario: string
  readonly of: string
  readonly to: string
  readonly value: number
}

/** The ratios in a RESULTS.md that was written before. */
export function parseRatios(text: string): readonly OldRatio[] {
  const lines = text.matchAll(/^\| ([\w-]+) \| ([^|]+) \| ([^|]+) \| ([\d.]+) \| [\d.]+ \| (?:reached|missed) \|$/gm)
  return [...lines].map(([, scenario = '', of = '', to = '', value]) => ({ scenario, of, to, value: Number(value) }))
}
