import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Check, Finding } from './finding.ts'
import { findPaths, readFiles } from './source-files.ts'

const PAPERS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE']

/** The documents of the repository, its decisions, its changelog, and links between them. */
export const papersCheck: Check = {
  name: 'papers',
  promise: 'documents are there, decisions are numbered, links lead somewhere',
  run: (root) => [
    ...PAPERS.filter((path) => !existsSync(join(root, path))).map((where) => ({ where, what: 'this file is missing' })),
    ...checkDecisions(root),
    ...checkChangelog(root),
    ...checkLinks(root),
  ],
}

function checkDecisions(root: string): readonly Finding[] {
  const seen = new Map<string, string>()
  return readFiles(root, ['decisions/*.md']).flatMap(({ path, text }) => {
    const number = /^(\d{4})-[a-z0-9-]+\.md$/.exec(basename(path))?.[1]
    if (number === undefined) return [{ where: path, what: 'a decision is named like 0007-what-was-decided.md' }]
    const other = seen.get(number)
    seen.set(number, path)
    const findings: Finding[] = []
    if (other !== undefined) findings.push({ where: path, what: `${other} has the number ${number} already` })
    if (!text.startsWith(`# ${number}`))
      findings.push({ where: `${path}:1`, what: `the title must begin with # ${number}` })
    if (!/revisit/i.test(text)) findings.push({ where: path, what: 'a decision says when to revisit it' })
    return findings
  })
}

function checkChangelog(root: string): readonly Finding[] {
  const path = join(root, 'CHANGELOG.md')
  if (!existsSync(path) || /^## Unreleased$/m.test(readFileSync(path, 'utf8'))) return []
  return [{ where: 'CHANGELOG.md', what: 'it needs a section ## Unreleased' }]
}

/** Links to files and folders of the repository; what stands elsewhere is not asked. */
function checkLinks(root: string): readonly Finding[] {
  const pages = findPaths(root, ['*.md', 'docs/**/*.md', 'decisions/*.md', 'examples/**/*.md', 'bench/*.md'])
  return pages.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, (code) =>
      code.replaceAll(/[^\n]/g, ' '),
    )
    return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
      .map((match) => ({ target: decodeURI(match[1] ?? ''), line: text.slice(0, match.index).split('\n').length }))
      .filter(({ target }) => !/^[a-z]+:/.test(target) && !existsSync(join(root, path, '..', target)))
      .map(({ target, line }) => ({ where: `${path}:${line}`, what: `the link to ${target} leads nowhere` }))
  })
}
