import { PGlite } from '@electric-sql/pglite'
import { parseSqlFile } from '../../src/sql/sql-file.ts'
import type { Finding } from './finding.ts'
import type { CodeBlock } from './markdown-code.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SYNTAX_ERROR = '42601'

/** Blocks with named statements are read as `guichet` reads them; others are shown to PostgreSQL. */
export async function checkSqlBlocks(blocks: readonly CodeBlock[]): Promise<readonly Finding[]> {
  const sql = blocks.filter(({ language, flags }) => language === 'sql' && !flags.has('unchecked'))
  const [named, plain] = [sql.filter(isNamed), sql.filter((block) => !isNamed(block))]
  return [...named.flatMap(checkNamed), ...(plain.length === 0 ? [] : await checkPlain(plain))]
}

function isNamed({ text }: CodeBlock): boolean {
  return /^-- name:/m.test(text)
}

function checkNamed({ page, line, text }: CodeBlock): readonly Finding[] {
  return parseSqlFile(text, page).mistakes.map(({ where, problem }) => {
    const inside = Number(/:(\d+)$/.exec(where)?.[1] ?? 1)
    return { where: `${page}:${line + inside - 1}`, what: problem }
  })
}

/** Only the grammar is checked: the tables may be shown on another page. */
async function checkPlain(blocks: readonly CodeBlock[]): Promise<readonly Finding[]> {
  await using database = await PGlite.create()
  const findings: Finding[] = []
  for (const { page, line, text } of blocks) {
    try {
      await database.exec(`BEGIN; ${text}`)
    } catch (error) {
      if (codeOf(error) === SYNTAX_ERROR)
        findings.push({ where: `${page}:${line}`, what: `PostgreSQL says: ${String(error)}` })
    }
    await database.exec('ROLLBACK')
  }
  return findings
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null
}
