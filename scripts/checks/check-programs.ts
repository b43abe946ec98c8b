import { join } from 'node:path'
import type { Check, Finding } from './finding.ts'
import { type ProgramResult, runScript } from './run-program.ts'

const TSC = 'node_modules/typescript/bin/tsc'
const OXLINT = 'node_modules/oxlint/bin/oxlint'
const OXFMT = 'node_modules/oxfmt/bin/oxfmt'

/** The compiler over everything that is written in TypeScript. */
export const typesCheck: Check = {
  name: 'types',
  promise: 'the compiler accepts all files',
  run: (root) => compile(root, ['-p', 'tsconfig.json']),
}

/** Declarations can be written from each file alone: what `dist/` needs, and what keeps the public types explicit. */
export const declarationsCheck: Check = {
  name: 'declarations',
  promise: 'each export of src/ says its type',
  run: (root) => compile(root, ['-p', 'tsconfig.build.json', '--noEmit']),
}

export const lintCheck: Check = {
  name: 'lint',
  promise: 'the linter finds nothing',
  run: async (root) => {
    const args = ['-f', 'unix', '--deny-warnings', '--report-unused-disable-directives', '.']
    const result = await runScript(join(root, OXLINT), args, { cwd: root })
    return findingsOf(result, /^(?<where>[^\s:][^:]*:\d+):\d+: (?<what>.*)$/)
  },
}

export const formatCheck: Check = {
  name: 'format',
  promise: 'all code is formatted',
  run: async (root) => {
    const result = await runScript(join(root, OXFMT), ['--list-different', '.'], { cwd: root })
    const files = result.output.split('\n').filter((line) => /^\S+\.\w+$/.test(line))
    if (files.length === 0) return result.code === 0 ? [] : [{ where: '.', what: result.output.trim() }]
    return files.map((where) => ({ where, what: 'not formatted: run npm run format' }))
  },
}

async function compile(root: string, args: readonly string[]): Promise<readonly Finding[]> {
  const result = await runScript(join(root, TSC), [...args, '--pretty', 'false'], { cwd: root })
  return findingsOf(result, /^(?<where>[^\s(][^(]*\(\d+),\d+\): error (?<what>.*)$/)
}

/** One finding for each line that matches; lines that go on with the one before are added to it. */
export function findingsOf({ code, output }: ProgramResult, pattern: RegExp): readonly Finding[] {
  const findings: { where: string; what: string }[] = []
  for (const line of output.split('\n')) {
    const { where, what } = pattern.exec(line)?.groups ?? {}
    const last = findings.at(-1)
    if (where !== undefined && what !== undefined) findings.push({ where: where.replace('(', ':'), what })
    else if (last !== undefined && /^\s+\S/.test(line)) last.what += `\n${line}`
  }
  if (code !== 0 && findings.length === 0) return [{ where: '.', what: output.trim() }]
  return findings
}
