import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { findingsOf } from './check-programs.ts'
import { type DocProgram, joinBlocks } from './doc-programs.ts'
import type { Finding } from './finding.ts'
import { runScript } from './run-program.ts'

/** A program whose files lie in a folder. */
export interface LaidOutProgram extends DocProgram {
  readonly folder: string
}

const LEFT_OUT = new Set(['node_modules', '.guichet', 'dist'])

/** Writes the files of a program, over a copy of the folder that it lies beside. */
export function layOut(root: string, program: DocProgram, folder: string): LaidOutProgram {
  mkdirSync(folder, { recursive: true })
  if (program.beside !== null) {
    const filter = (path: string): boolean => !LEFT_OUT.has(basename(path)) && !path.endsWith('.test.ts')
    cpSync(join(root, program.beside), folder, { recursive: true, filter })
  }
  for (const [name, file] of program.files) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, joinBlocks(file).text)
  }
  return { ...program, folder }
}

/** Writes the typed functions of the `.sql` files that the page shows, with the migrations that it shows. */
export async function generateSql(root: string, { page, folder, files }: LaidOutProgram): Promise<readonly Finding[]> {
  const names = [...files].filter(
    ([name, { blocks }]) => name.endsWith('.sql') && /^-- name:/m.test(blocks[0]?.text ?? ''),
  )
  if (names.length === 0) return []
  const args = ['sql', ...names.map(([name]) => name)]
  const { code, output } = await runScript(join(root, 'bin/guichet.mjs'), args, { cwd: folder, timeoutMs: 60_000 })
  const line = names[0]?.[1].blocks[0]?.line ?? 1
  return code === 0 ? [] : [{ where: `${page}:${line}`, what: `guichet ${args.join(' ')}: ${output.trim()}` }]
}

/** One run of the compiler over all programs; what it finds is told by page and line. */
export async function compilePrograms(
  root: string,
  folder: string,
  programs: readonly LaidOutProgram[],
): Promise<readonly Finding[]> {
  const paths = programs.flatMap(({ folder: at, files }) =>
    [...files.keys()].filter((name) => name.endsWith('.ts')).map((name) => join(at, name)),
  )
  if (paths.length === 0) return []
  const config = join(folder, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: relative(folder, join(root, 'tsconfig.json')).replaceAll('\\', '/'),
      // A page shows one thing at a time: what it declares is not always used yet.
      compilerOptions: {
        noUnusedLocals: false,
        noUnusedParameters: false,
        types: ['node'],
        typeRoots: [typeRoots(root)],
      },
      include: [],
      files: paths.map((path) => relative(folder, path).replaceAll('\\', '/')),
    }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const result = await runScript(compiler, ['-p', config, '--pretty', 'false'], { cwd: root })
  const found = findingsOf(result, /^(?<where>[^\s(][^(]*\(\d+),\d+\): error (?<what>.*)$/)
  return found.flatMap((finding) => place(root, programs, finding))
}

function typeRoots(root: string): string {
  return join(root, 'node_modules/@types')
}

/** From the file that was written to the page that shows it. What is wrong in `src/` is told by another check. */
function place(root: string, programs: readonly LaidOutProgram[], finding: Finding): readonly Finding[] {
  const { path = '', line = '1' } = /^(?<path>.*):(?<line>\d+)$/.exec(finding.where)?.groups ?? {}
  for (const { page, folder, files } of programs) {
    const name = relative(folder, join(root, path)).replaceAll('\\', '/')
    const file = files.get(name)
    if (file !== undefined) return [{ ...finding, where: `${page}:${joinBlocks(file).lineOf(Number(line))}` }]
    if (!name.startsWith('..')) return [{ where: page, what: `${name}:${line} beside it: ${finding.what}` }]
  }
  return path === '' ? [finding] : []
}
