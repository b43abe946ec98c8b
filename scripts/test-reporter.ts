import { relative } from 'node:path'
import type { EventData } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { inspect, styleText } from 'node:util'

/** What has been seen so far of the run. */
interface Progress {
  /** Names of the open suites and tests of each file, outermost first. */
  readonly open: Map<string, string[]>
  /** Why tests were skipped, and how many for that reason. */
  readonly skipped: Map<string, number>
  readonly failed: string[]
}

/** Node counts the failed tests too; its types do not say so. */
type Counts = EventData.TestSummary['counts'] & { readonly failed: number }

/** One line for each file, each failure in full, the reasons of what was skipped, then the counts. */
// oxlint-disable-next-line import/no-default-export -- Node takes the default export of a reporter
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const progress: Progress = { open: new Map(), skipped: new Map(), failed: [] }
  for await (const event of source) yield describe(event, progress)
}

function describe(event: TestEvent, progress: Progress): string {
  switch (event.type) {
    case 'test:start':
      enter(event.data, progress)
      return ''
    case 'test:pass':
      return countSkip(event.data, progress)
    case 'test:fail':
      return formatFailure(event.data, progress)
    case 'test:stdout':
    case 'test:stderr':
      return event.data.message
    case 'test:summary':
      return event.data.file === undefined ? formatEnd(event.data, progress) : formatFile(event.data)
    default:
      return ''
  }
}

function enter({ file, name, nesting }: EventData.TestStart, { open }: Progress): void {
  const names = open.get(file ?? '') ?? []
  names.length = nesting
  names[nesting] = name
  open.set(file ?? '', names)
}

function countSkip({ skip }: EventData.TestPass, { skipped }: Progress): string {
  if (skip === undefined || skip === false) return ''
  const reason = skip === true || skip === '' ? 'no reason given' : skip
  skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
  return ''
}

function formatFailure({ file, line, name, nesting, details }: EventData.TestFail, progress: Progress): string {
  const error = details.error as Error & { readonly failureType?: string } // the runner's own error, documented so
  if (error.failureType === 'subtestsFailed') return ''
  const outer = (progress.open.get(file ?? '') ?? []).slice(0, nesting)
  const path = shorten(file ?? '')
  const title = [...outer, name === file ? 'the file as a whole' : name].join(' › ')
  progress.failed.push(`${path}:${line ?? 1} ${title}`)
  const cause = formatError(error.cause ?? error)
  return `${styleText('red', '✖')} ${title}\n  ${path}:${line ?? 1}\n${indent(cause)}\n`
}

/** The frames inside Node say nothing about our code. */
function formatError(error: unknown): string {
  // The message of an assertion holds the difference already; inspecting it would print both values again.
  const isAssertion = error instanceof Error && error.name === 'AssertionError'
  const text = isAssertion ? (error.stack ?? error.message) : inspect(error, { colors: false, depth: 5 })
  const lines = text.split('\n').filter((line) => !/^\s+at .*\(?node:internal\//.test(line))
  return lines.join('\n')
}

function formatFile(summary: EventData.TestSummary): string {
  const { file, success, duration_ms: durationMs } = summary
  const counts = summary.counts as Counts // see Counts
  const sign = success ? styleText('green', '✔') : styleText('red', '✖')
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
  const failed = counts.failed === 0 ? '' : `, ${counts.failed} failed`
  const facts = `${counts.tests} tests${failed}${skipped}, ${Math.round(durationMs)} ms`
  return `${sign} ${shorten(file ?? '')} ${styleText('dim', facts)}\n`
}

function formatEnd(summary: EventData.TestSummary, progress: Progress): string {
  const counts = summary.counts as Counts // see Counts
  const rows: string[] = ['']
  for (const [reason, count] of progress.skipped) rows.push(`skipped ${count}: ${reason}`)
  for (const failure of progress.failed) rows.push(styleText('red', `failed: ${failure}`))
  rows.push(
    `ℹ tests ${counts.tests}`,
    `ℹ suites ${counts.suites}`,
    `ℹ pass ${counts.passed}`,
    `ℹ fail ${counts.failed}`,
    `ℹ cancelled ${counts.cancelled}`,
    `ℹ skipped ${counts.skipped}`,
    `ℹ todo ${counts.todo}`,
    `ℹ duration_ms ${Math.round(summary.duration_ms)}`,
  )
  return `${rows.join('\n')}\n`
}

function shorten(path: string): string {
  return relative(process.cwd(), path).replaceAll('\\', '/')
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
