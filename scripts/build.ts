/** `npm run build`: writes `dist/` from `src/`: JavaScript and declarations, no tests, and what is not TypeScript as it is. */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
