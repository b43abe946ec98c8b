import { existsSync, readFileSync } from 'node:fs'
import { queriesOutputPath } from '../sql/generate.ts'
import type { Queries } from '../sql/queries.ts'
import type { Json } from './openapi-document.ts'
import { parseSqlInterface } from './parse-sql-interface.ts'

/** What is known of one statement. */
export interface StatementFacts {
  /** The comment above it. */
  readonly doc: string
  /** JSON Schema of its result as a reply; null for a result that no reply holds. */
  readonly schema: Json | null
}

/** Statements by the name that handlers call: `getStuff`, `reports.perMonth`. */
export type StatementBook = ReadonlyMap<string, StatementFacts>

const NONE: StatementBook = new Map()

/** Reads the types that `guichet sql` found, from the file that it wrote; empty where that file is not there. */
export function readStatementBook(queries: Queries<unknown> | null): StatementBook {
  if (queries === null) return NONE
  const source = queriesOutputPath(queries.path)
  const file = [source, source.replace(/\.ts$/, '.d.ts')].find((path) => existsSync(path))
  return file === undefined ? NONE : parseSqlInterface(readFileSync(file, 'utf8'))
}
