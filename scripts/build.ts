/**
 * `npm run build`: writes `dist/` from `src/`: declarations as they are, and the JavaScript of all rooms in few files, since
 * each file that Node opens costs a start some tenths of a millisecond. No tests; what is not TypeScript as it is.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'
import { runScript } from './checks/run-program.ts'
import { findPaths, isTestFile } from './checks/source-files.ts'

const root = join(import.meta.dirname, '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })

const compiler = join(root, 'node_modules/typescript/bin/tsc')
const { code, output } = await runScript(compiler, ['-p', 'tsconfig.build.json', '--pretty', 'false'], { cwd: root })
if (code !== 0) {
  process.stderr.write(`${output}\nCannot build: the compiler found mistakes\n`)
  process.exit(1)
}

const assets = findPaths(root, ['src/**/*']).filter((path) => !path.endsWith('.ts') && !isTestFile(path))
for (const path of assets) {
  const target = join(root, path.replace(/^src\//, 'dist/'))
  mkdirSync(dirname(target), { recursive: true })
  cpSync(join(root, path), target)
}

const input: Record<string, string> = { start: join(root, 'dist/cli/start.js') }
for (const path of globSync('dist/*.js', { cwd: root })) input[basename(path, '.js')] = join(root, path)
// What the bundler itself adds is no package of ours: it goes into the bundle.
const BUNDLER_RUNTIME = '@oxc-project/runtime/'
const isOutside = (id: string): boolean =>
  !id.startsWith('.') && !isAbsolute(id) && !id.startsWith(BUNDLER_RUNTIME) && !id.startsWith('\0')
/** What every served app loads, by the imports that are no `import()`: one file, for each that Node finds costs a start. */
const served = new Set<string>()
const follow = (file: string): void => {
  if (served.has(file)) return
  served.add(file)
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) [^'"]*['"](\.[^'"]+)['"];$/gm)) {
    follow(join(dirname(file), path))
  }
}
for (const path of ['index', 'cli/run-command']) follow(join(root, `dist/${path}.js`))
const groups = [{ name: 'guichet', test: (id: string) => served.has(id) }]
const bundle = await rolldown({ input, external: isOutside, platform: 'node' })
// All in one folder as deep as the folders of the rooms, so that what is found from `import.meta.url` stays.
await bundle.write({
  dir: join(root, 'dist/bundle'),
  format: 'esm',
  keepNames: true,
  codeSplitting: { groups },
  chunkFileNames: '[name]-[hash].js',
})
await bundle.close()
refuseForeignImports()
for (const path of globSync('dist/**/*.js', { cwd: root, exclude: ['dist/bundle'] })) rmSync(join(root, path))

/** A package that nobody installs with ours would be missed only by those who use the file that imports it. */
function refuseForeignImports(): void {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest // our own package.json
  const known = new Set([manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })])
  const foreign: string[] = []
  for (const path of globSync('dist/bundle/*.js', { cwd: root })) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, id = ''] of text.matchAll(/^(?:import|export)\b[^'"\n]*?["']([^'"]+)["'];$/gm)) {
      const name = id.split('/', id.startsWith('@') ? 2 : 1).join('/')
      if (!id.startsWith('.') && !id.startsWith('node:') && !known.has(name)) foreign.push(`${path} imports ${id}`)
    }
  }
  if (foreign.length === 0) return
  process.stderr.write(`${foreign.join('\n')}\nCannot build: these packages are not installed with ours\n`)
  process.exit(1)
}

interface Manifest {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
