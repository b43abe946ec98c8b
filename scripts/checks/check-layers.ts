import { findCycles } from './cycles.ts'
import type { Check, Finding } from './finding.ts'
import { type Import, parseImports } from './imports.ts'
import { isTestFile, lineAt, readFiles, type SourceFile } from './source-files.ts'

/** The tier of each folder of `src/`: a file imports from its own folder or from a lower tier. */
const TIERS: Readonly<Record<string, number>> = {
  core: 0,
  wire: 1,
  store: 1,
  listen: 2,
  dial: 2,
  route: 2,
  authn: 2,
  authz: 2,
  params: 2,
  handle: 2,
  sql: 2,
  reply: 2,
  rooms: 2,
  audit: 2,
  guard: 2,
  sites: 2,
  pipeline: 3,
  app: 4,
  openapi: 5,
  health: 5,
  metrics: 5,
  tracing: 5,
  testing: 5,
  cli: 6,
}

const NETWORK = /^node:(net|http|https|http2|tls|dgram)$/
const MAY_NETWORK = new Set(['listen', 'dial', 'testing', 'cli'])
const MAY_READ_ENVIRONMENT = new Set(['app', 'cli'])
const ENVIRONMENT = /\bprocess\.env\b|\bprocess\[['"]env['"]\]/
const EMPTY_NAME = /(^|[-./])(utils?|helpers?|common)([-./]|$)/

/** The dependency rule of the design, what may touch sockets and the environment, and names that say nothing. */
export const layersCheck: Check = {
  name: 'layers',
  promise: 'imports go from a higher tier to a lower one, without a circle',
  run: (root) => {
    const files = readFiles(root, ['src/**/*.ts'])
    const imports = files.flatMap(parseImports)
    return [
      ...checkFolders(files),
      ...imports.flatMap(checkImport),
      ...files.flatMap(checkEnvironment),
      ...files.flatMap(checkName),
      ...checkExamples(root),
      ...checkCycles(imports),
    ]
  },
}

/** The room of a file; an empty string for the files right under `src/`, each of which is a subpath export. */
function folderOf(path: string): string {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] ?? '') : ''
}

function checkFolders(files: readonly SourceFile[]): readonly Finding[] {
  const folders = new Set(files.map(({ path }) => folderOf(path)).filter((folder) => folder !== ''))
  return [...folders]
    .filter((folder) => !(folder in TIERS))
    .map((folder) => ({
      where: `src/${folder}/`,
      what: 'this folder has no tier: give it one in scripts/checks/check-layers.ts and in ARCHITECTURE.md',
    }))
}

function checkImport(one: Import): readonly Finding[] {
  const from = folderOf(one.file)
  const what = one.target === null ? explainPackage(one, from) : explainTarget(one, one.target)
  return what === null ? [] : [{ where: `${one.file}:${one.line}`, what: `import of ${one.specifier}: ${what}` }]
}

function explainPackage({ file, specifier, isType }: Import, from: string): string | null {
  if (isTestFile(file)) return null
  if (/^guichet(\/|$)/.test(specifier)) return 'the package does not import itself: import the file'
  if (!NETWORK.test(specifier) || isType || MAY_NETWORK.has(from)) return null
  return 'only listen/ and dial/ open sockets (testing/ and cli/ too): take what is needed as a function'
}

function explainTarget({ file }: Import, target: string): string | null {
  if (!target.startsWith('src/')) return 'this is outside src/'
  const [from, to] = [folderOf(file), folderOf(target)]
  if (from === '' || from === to) return null
  // A test may come in by the same door as a user, and use the test client.
  if ((to === '' || to === 'testing') && isTestFile(file)) return null
  if (to === '') return 'this file is for users of the package: import the file that it re-exports'
  const [mine, theirs] = [TIERS[from], TIERS[to]]
  if (mine === undefined || theirs === undefined || theirs < mine) return null
  const relation = mine === theirs ? `both are tier ${mine}` : `${from}/ is tier ${mine} and ${to}/ is tier ${theirs}`
  return `${relation}: move what both need to a lower tier, or let a higher one hand it over as a function`
}

function checkEnvironment({ path, text }: SourceFile): readonly Finding[] {
  if (isTestFile(path) || MAY_READ_ENVIRONMENT.has(folderOf(path))) return []
  const match = ENVIRONMENT.exec(text)
  if (match === null) return []
  return [
    { where: `${path}:${lineAt(text, match.index)}`, what: 'only app/ and cli/ read the environment: take a value' },
  ]
}

function checkName({ path }: SourceFile): readonly Finding[] {
  if (!EMPTY_NAME.test(path)) return []
  return [{ where: path, what: 'this name says nothing: put the code into the room that owns its noun' }]
}

/** Examples stand for users of the package: what they cannot reach, a user cannot reach. */
function checkExamples(root: string): readonly Finding[] {
  const imports = readFiles(root, ['examples/**/*.ts', 'bench/servers/**/*.ts']).flatMap(parseImports)
  const homeOf = (file: string): string => (/^(?:examples\/[^/]+|bench)\//.exec(file) ?? [''])[0]
  return imports
    .filter(({ file, target }) => target !== null && !target.startsWith(homeOf(file)))
    .map(({ file, line, specifier }) => ({
      where: `${file}:${line}`,
      what: `import of ${specifier}: an example imports guichet as a user does, and stays in its folder`,
    }))
}

function checkCycles(imports: readonly Import[]): readonly Finding[] {
  // Two files whose types name each other are no circle once the code runs.
  const real = imports.filter(({ isType, target }) => !isType && target !== null)
  const edges = new Map<string, string[]>()
  for (const { file, target } of real) edges.set(file, [...(edges.get(file) ?? []), target ?? ''])
  return findCycles(edges).map((cycle) => ({
    where: cycle[0] ?? '',
    what: `imports go in a circle: ${[...cycle, cycle[0]].join(' → ')}`,
  }))
}
