import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConfigMistake } from '../core/config-error.ts'
import { parseSqlFile } from './sql-file.ts'
import { formatMethodName, isReservedName } from './statement.ts'
import type { Statement } from './statement.ts'

/** The statements of one folder (or file), and those of its sub-folders under their names. */
export interface StatementTree {
  readonly statements: readonly Statement[]
  readonly children: ReadonlyMap<string, StatementTree>
}

export interface LoadedQueries {
  readonly tree: StatementTree
  /** Every mistake of every file; the tree must not be used while there is one. */
  readonly mistakes: readonly ConfigMistake[]
}

/** The statements of an app. `Sql` is the interface of typed functions that `guichet sql` generates for them. */
export interface Queries<Sql> {
  /** Path of the file or folder. */
  readonly path: string
  /** Reads and parses; throws only when the file or folder cannot be read. */
  load(): LoadedQueries
  /** For the compiler only. */
  readonly '~sql'?: Sql
}

/**
 * Names a `.sql` file, or a folder whose files share one namespace and whose sub-folders are namespaces of their own.
 * Used by the generated `queries.sql.ts`; read when the app boots.
 */
export function sqlFile<Sql>(url: URL | string): Queries<Sql> {
  const path = url instanceof URL ? fileURLToPath(url) : url
  return { path, load: () => loadQueries(path) }
}

function loadQueries(path: string): LoadedQueries {
  const mistakes: ConfigMistake[] = []
  const tree = statSync(path).isDirectory()
    ? readFolder(path, basename(path), mistakes)
    : { statements: readSqlFile(path, basename(path), mistakes), children: new Map() }
  mistakes.push(...checkNames(tree))
  return { tree, mistakes }
}

function readFolder(path: string, name: string, mistakes: ConfigMistake[]): StatementTree {
  const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const children = new Map<string, StatementTree>()
  const statements: Statement[] = []
  for (const entry of entries) {
    const inside = `${name}/${entry.name}`
    if (entry.isDirectory()) {
      const child = readFolder(join(path, entry.name), inside, mistakes)
      if (child.statements.length > 0 || child.children.size > 0) children.set(formatMethodName(entry.name), child)
    } else if (entry.name.endsWith('.sql')) {
      statements.push(...readSqlFile(join(path, entry.name), inside, mistakes))
    }
  }
  return { statements, children }
}

function readSqlFile(path: string, name: string, mistakes: ConfigMistake[]): readonly Statement[] {
  const parsed = parseSqlFile(readFileSync(path, 'utf8'), name)
  mistakes.push(...parsed.mistakes)
  return parsed.statements
}

const NAMESPACE = /^[A-Za-z][A-Za-z0-9]*$/

function checkNames({ statements, children }: StatementTree): ConfigMistake[] {
  const mistakes: ConfigMistake[] = []
  const places = new Map<string, string>()
  for (const { name, method, file, line } of statements) {
    const where = `${file}:${line}`
    const first = places.get(method)
    if (first === undefined) places.set(method, where)
    else mistakes.push({ where, problem: `statement "${name}" has the same name as one before`, current: first })
  }
  for (const [name, child] of children) {
    const where = `folder "${name}"`
    if (!NAMESPACE.test(name) || isReservedName(name))
      mistakes.push({ where, problem: 'its name cannot be a namespace' })
    if (places.has(name))
      mistakes.push({ where, problem: `it has the name of a statement`, current: places.get(name) ?? '' })
    mistakes.push(...checkNames(child))
  }
  return mistakes
}
