import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { compilePrograms, generateSql, layOut, type LaidOutProgram } from './compile-blocks.ts'
import { collectPrograms } from './doc-programs.ts'
import type { Check, Finding } from './finding.ts'
import { type CodeBlock, parseCodeBlocks } from './markdown-code.ts'
import { runBlocks } from './run-blocks.ts'
import { readFiles } from './source-files.ts'
import { checkSqlBlocks } from './sql-blocks.ts'
import { runProgram } from './run-program.ts'

const PAGES = ['README.md', 'docs/**/*.md', 'examples/**/*.md']

/**
 * The code of the documents. `ts` compiles, `sql` parses, `json` parses, `sh` is a script that a shell can read.
 * `ts run` and `sh run` are run where the files of the page lie, and must end with 0. Words after the language:
 * `more` goes on with the block before, `run` runs it, `unchecked` leaves it alone.
 */
export const codeBlocksCheck: Check = {
  name: 'code',
  promise: 'the code of README and docs compiles, parses and runs',
  run: (root) => checkPages(root, PAGES),
}

/** The same for other pages. */
export async function checkPages(root: string, globs: readonly string[]): Promise<readonly Finding[]> {
  const blocks = readFiles(root, globs).flatMap(({ path, text }) => parseCodeBlocks(path, text))
  const folder = join(root, '.ok', `code-${process.pid}`)
  try {
    const programs = collectPrograms(blocks).map((program, index) => layOut(root, program, join(folder, String(index))))
    return [
      ...checkJson(blocks),
      ...(await checkShell(root, blocks)),
      ...(await checkSqlBlocks(blocks)),
      ...(await checkPrograms(root, folder, programs)),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function checkPrograms(
  root: string,
  folder: string,
  programs: readonly LaidOutProgram[],
): Promise<readonly Finding[]> {
  const generated: Finding[] = []
  for (const program of programs) generated.push(...(await generateSql(root, program)))
  const compiled = await compilePrograms(root, folder, programs)
  // What does not compile would fail once more.
  if (generated.length + compiled.length > 0) return [...generated, ...compiled]
  const ran: Finding[] = []
  for (const program of programs) ran.push(...(await runBlocks(root, program)))
  return ran
}

function checkJson(blocks: readonly CodeBlock[]): readonly Finding[] {
  return blocks
    .filter(({ language, flags }) => language === 'json' && !flags.has('unchecked'))
    .flatMap(({ page, line, text }) => {
      try {
        JSON.parse(text)
        return []
      } catch (error) {
        return [{ where: `${page}:${line}`, what: `this JSON cannot be read: ${String(error)}` }]
      }
    })
}

async function checkShell(root: string, blocks: readonly CodeBlock[]): Promise<readonly Finding[]> {
  const scripts = blocks.filter(({ language, flags }) => language === 'sh' && !flags.has('unchecked'))
  const results = await Promise.all(
    scripts.map(async ({ page, line, text }) => {
      const { code, output } = await runProgram('bash', ['-n', '-c', text], { cwd: root })
      return code === 0 ? [] : [{ where: `${page}:${line}`, what: `a shell cannot read this: ${output.trim()}` }]
    }),
  )
  return results.flat()
}
