import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A file of the repository with its text. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly text: string
}

const EXCLUDED = ['**/node_modules/**', '**/dist/**', '**/fixtures/**', '**/.guichet/**', '.ok/**']

/** The files under `root` that match, with `/`, in alphabetical order. */
export function findPaths(root: string, globs: readonly string[]): readonly string[] {
  const paths = globs.flatMap((glob) => globSync(glob, { cwd: root, exclude: EXCLUDED }))
  const names = new Set(paths.map((path) => path.replaceAll('\\', '/')))
  return [...names].filter((path) => statSync(join(root, path)).isFile()).sort()
}

export function readFiles(root: string, globs: readonly string[]): readonly SourceFile[] {
  return findPaths(root, globs).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Whether a file of `src/` exists for tests only. */
export function isTestFile(path: string): boolean {
  return /\.(test|test-d|test-support)\.ts$/.test(path)
}

/** The line, from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
