import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Check, Finding } from './finding.ts'
import { lineAt, readFiles, type SourceFile } from './source-files.ts'

/** What a file right under `src/` may hold: re-exports and comments. */
const RE_EXPORT = /export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s+'[^']+'/g
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*/g

/** Each subpath export is one file right under `src/`, and the reverse; such a file only re-exports. */
export const exportsCheck: Check = {
  name: 'exports',
  promise: 'exports of the package and files under src/ are the same, and these only re-export',
  run: (root) => {
    const files = readFiles(root, ['src/*.ts'])
    const entries = readExports(root)
    return [...checkEntries(files, entries), ...files.flatMap(checkContent)]
  },
}

type Entries = Readonly<Record<string, unknown>>

function readExports(root: string): Entries {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly exports: Entries }).exports // our own package.json
}

function checkEntries(files: readonly SourceFile[], entries: Entries): readonly Finding[] {
  const findings: Finding[] = []
  const names = files.map(({ path }) => path.slice('src/'.length, -'.ts'.length))
  for (const name of names) {
    const key = name === 'index' ? '.' : `./${name}`
    const wanted = JSON.stringify(entryOf(name))
    const current = JSON.stringify(entries[key] ?? null)
    if (current !== wanted)
      findings.push({ where: 'package.json', what: `exports["${key}"] is ${current}: it must be ${wanted}` })
  }
  for (const key of Object.keys(entries)) {
    const name = key === '.' ? 'index' : key.slice('./'.length)
    if (key === './package.json' || names.includes(name)) continue
    findings.push({ where: 'package.json', what: `exports["${key}"] has no file: it needs src/${name}.ts` })
  }
  return findings
}

/** The order counts: Node takes the first condition that holds. */
function entryOf(name: string): Readonly<Record<string, string>> {
  return { 'guichet-source': `./src/${name}.ts`, types: `./dist/${name}.d.ts`, default: `./dist/bundle/${name}.js` }
}

function checkContent({ path, text }: SourceFile): readonly Finding[] {
  const blank = (match: string): string => match.replaceAll(/[^\n]/g, ' ')
  const rest = text.replaceAll(COMMENT, blank).replaceAll(RE_EXPORT, blank)
  const offset = rest.search(/\S/)
  if (offset === -1) return []
  return [{ where: `${path}:${lineAt(text, offset)}`, what: 'only re-exports stand here: move the code into a room' }]
}
