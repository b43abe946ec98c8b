import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Limits } from '../../src/core/limits.ts'
import type { RefusalCode, RefusalKind } from '../../src/core/refusal.ts'
import type { Check, Finding } from './finding.ts'
import { formatLimit } from './format-limit.ts'
import { parseTableRows } from './markdown-table.ts'
import { readFiles } from './source-files.ts'

const REFUSALS_PAGE = 'docs/reference/refusals.md'
const LIMITS_PAGE = 'docs/reference/limits.md'

/** What a page must say of each name: the cells after the first; the last cell is free text, but not empty. */
interface Reference {
  readonly page: string
  readonly rows: ReadonlyMap<string, readonly string[]>
  /** Names that some code of `src/` uses. */
  readonly used: ReadonlySet<string>
}

export const refusalsCheck: Check = {
  name: 'refusals',
  promise: `each refusal is in ${REFUSALS_PAGE}, and is said somewhere`,
  run: async (root) => {
    const { REFUSALS } = (await load(root, 'src/core/refusal.ts')) as {
      // its own type, loaded by path
      readonly REFUSALS: Readonly<Record<RefusalCode, RefusalKind>>
    }
    const rows = Object.entries(REFUSALS).map(
      ([code, { status, close, sentence }]) => [code, [String(status), String(close), sentence]] as const,
    )
    return checkPage(root, { page: REFUSALS_PAGE, rows: new Map(rows), used: findWords(root, /'([A-Z]+_[A-Z_]+)'/g) })
  },
}

export const limitsCheck: Check = {
  name: 'limits',
  promise: `each limit is in ${LIMITS_PAGE}, and something obeys it`,
  run: async (root) => {
    const { defaultLimits } = (await load(root, 'src/core/limits.ts')) as { readonly defaultLimits: Limits } // as above
    const rows = Object.entries(defaultLimits).map(
      ([name, value]) => [name, [formatLimit(name, Number(value))]] as const,
    )
    return checkPage(root, { page: LIMITS_PAGE, rows: new Map(rows), used: findWords(root, /\b([a-z]\w+)\b/g) })
  },
}

async function load(root: string, path: string): Promise<unknown> {
  return (await import(pathToFileURL(join(root, path)).href)) as unknown
}

/** The words of all sources that a pattern finds, tests and the tables themselves apart. */
function findWords(root: string, pattern: RegExp): ReadonlySet<string> {
  const files = readFiles(root, ['src/**/*.ts']).filter(
    ({ path }) => !path.endsWith('.test.ts') && path !== 'src/core/refusal.ts' && path !== 'src/core/limits.ts',
  )
  return new Set(files.flatMap(({ text }) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')))
}

function checkPage(root: string, { page, rows, used }: Reference): readonly Finding[] {
  const path = join(root, page)
  if (!existsSync(path)) return [{ where: page, what: 'this page is missing' }]
  const written = parseTableRows(readFileSync(path, 'utf8'))
  const findings: Finding[] = []
  for (const [name, cells] of rows) {
    const row = written.find((one) => one.name === name)
    const wanted = `| \`${name}\` | ${cells.join(' | ')} | what it means |`
    if (row === undefined) findings.push({ where: page, what: `${name} has no row: write ${wanted}` })
    else if (row.cells.slice(0, -1).join('|') !== cells.join('|') || row.cells.at(-1) === '')
      findings.push({ where: `${page}:${row.line}`, what: `the row of ${name} differs: write ${wanted}` })
    if (!used.has(name)) findings.push({ where: 'src/core', what: `${name} is never used: use it or take it away` })
  }
  for (const { name, line } of written)
    if (!rows.has(name)) findings.push({ where: `${page}:${line}`, what: `${name} does not exist: take the row away` })
  return findings
}
