import { basename } from 'node:path'
import type { Check, Finding } from './finding.ts'
import { isTestFile, readFiles, type SourceFile } from './source-files.ts'

const GLOBS = [
  '*',
  '.ci/*',
  '{bin,src,test,examples,scripts,docs,decisions,bench}/**/*.{ts,mjs,js,json,sql,md,sh,html,css}',
]

interface Rule {
  readonly pattern: RegExp
  readonly what: string
}

/** What no text of the repository holds. */
const RULES: readonly Rule[] = [
  {
    pattern: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bnpm(js)\.(com|org)\b|\bdeb\.[a-z]+\.org\b/,
    what: 'no host of a package registry is named',
  },
  { pattern: /(?<![\w.:/-])\/(?:home|root|work|Users)\/[a-z]/, what: 'a path of one machine means nothing on another' },
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, what: 'what is left to do stands in an issue, not in a file' },
]

/** What no code holds. */
const CODE_RULES: readonly Rule[] = [
  {
    pattern: /^\s+(?:private|protected|public)\s+(?!constructor)(?:readonly\s+|static\s+|async\s+)*[a-z]\w*[\s(:?=]/,
    what: 'use #name instead of a TypeScript modifier',
  },
  {
    pattern: /(?:oxlint|eslint)-disable(?!.*\s--\s)/,
    what: 'a lint exception carries its reason: oxlint-disable-line rule -- reason',
  },
  { pattern: /@ts-(?:ignore|nocheck)/, what: 'use @ts-expect-error with the reason' },
]

/** House rules on single lines that the linter does not know. */
export const wordsCheck: Check = {
  name: 'words',
  promise: 'no registry, no path of one machine, no forgotten work; casts and exceptions carry their reason',
  run: (root) => readFiles(root, GLOBS).filter(isChecked).flatMap(checkFile),
}

function isChecked({ path }: SourceFile): boolean {
  return (
    basename(path) !== 'package-lock.json' &&
    !path.startsWith('scripts/checks/') &&
    !path.startsWith('test/repository/')
  )
}

function checkFile({ path, text }: SourceFile): readonly Finding[] {
  const isCode = /\.(ts|mjs)$/.test(path) && !path.startsWith('bench/')
  const rules = isCode ? [...RULES, ...CODE_RULES] : RULES
  const lines = text.split('\n')
  const findings = lines.flatMap((line, index) =>
    rules.filter(({ pattern }) => pattern.test(line)).map(({ what }) => ({ where: `${path}:${index + 1}`, what })),
  )
  if (!path.startsWith('src/') || isTestFile(path)) return findings
  return [...findings, ...checkCasts(path, lines)]
}

const CAST = /[\w)\]}>"'`] as (?!const\b)[\w{([]/
const ALIAS = /^\s*(?:(?:import|export)\b|type\s|[\w$]+ as [\w$]+,?$|\/\/|\/?\*)|\[\w+ in .* as /

function checkCasts(path: string, lines: readonly string[]): readonly Finding[] {
  let isTemplate = false
  return lines.flatMap((line, index) => {
    const isText = isTemplate
    const isComment = /^\s*(?:\/\/|\/?\*)/.test(line)
    if (!isComment && (line.match(/(?<!\\)`/g) ?? []).length % 2 === 1) isTemplate = !isTemplate
    if (isText || isComment) return []
    const code = dropStrings(line)
    if (!CAST.test(code) || ALIAS.test(code) || code.includes('// ')) return []
    if (/^\s*\/\//.test(lines[index - 1] ?? '')) return []
    return [{ where: `${path}:${index + 1}`, what: 'a cast carries its proof: // why it cannot be wrong' }]
  })
}

/** Words inside a text are no code. */
function dropStrings(line: string): string {
  return line.replaceAll(
    /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?:[^/\\\s]|\\.)+\/[dgimsuvy]*(?=[.,)])/g,
    "''",
  )
}
