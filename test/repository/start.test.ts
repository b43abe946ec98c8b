import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { runProgram } from '../../scripts/checks/run-program.ts'
import { growTree, plantTree } from './tree.test-support.ts'

const root = join(import.meta.dirname, '../..')

/** Stands for npm: notes that it was called, and leaves what a finished installation leaves. */
const NPM = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs')
appendFileSync('calls.txt', process.argv.slice(2).join(' ') + '\\n')
if (process.env.NPM_FAILS) { console.error('npm error no network'); process.exit(7) }
mkdirSync('node_modules/.bin', { recursive: true })
writeFileSync('node_modules/.package-lock.json', '{}')
`

function plantRepository(t: TestContext): string {
  const folder = plantTree(t, {
    'package-lock.json': '{ "version": 1 }',
    'npm.cjs': NPM,
    'show.mjs':
      "console.log(process.argv.slice(2).join(','), process.env.PATH.split(':')[0].endsWith('node_modules/.bin'))\n",
  })
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
  cpSync(join(root, 'scripts/setup.mjs'), join(folder, 'scripts/setup.mjs'))
  return folder
}

const start = (folder: string, environment: Readonly<Record<string, string>> = {}) =>
  runProgram(process.execPath, ['scripts/setup.mjs', 'show.mjs', 'one', 'two'], {
    cwd: folder,
    environment: { npm_execpath: join(folder, 'npm.cjs'), ...environment },
  })

const calls = (folder: string): number => readFileSync(join(folder, 'calls.txt'), 'utf8').trim().split('\n').length

test('setup.mjs installs once, then runs its file with the tools first on the PATH', async (t) => {
  const folder = plantRepository(t)
  const first = await start(folder)
  assert.equal(first.code, 0)
  assert.match(first.output, /^Installing the dependencies .*\none,two true\n$/)
  assert.equal((await start(folder)).output, 'one,two true\n')
  assert.equal(calls(folder), 1)
})

test('setup.mjs installs again when the lockfile has changed', async (t) => {
  const folder = plantRepository(t)
  await start(folder)
  growTree(folder, { 'package-lock.json': '{ "version": 2 }' })
  assert.match((await start(folder)).output, /^Installing/)
  assert.equal(calls(folder), 2)
})

test('setup.mjs says what npm said when the installation fails', async (t) => {
  const folder = plantRepository(t)
  const { code, output } = await start(folder, { NPM_FAILS: '1' })
  assert.equal(code, 1)
  assert.match(output, /npm error no network\nCannot install the dependencies: npm ci ended with code 7\n$/)
  assert.equal(existsSync(join(folder, 'node_modules')), false)
})

const FIND = pathToFileURL(join(root, 'bin/find-node.mjs')).href
const { platform, arch } = process
const BINARY = `node_modules/node-${platform}-${arch}`

function find(folder: string): Promise<{ readonly output: string }> {
  const code = `import { findInstalledNode } from '${FIND}'\nconsole.log(findInstalledNode(process.cwd()))`
  return runProgram(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
}

test('findInstalledNode() finds a recent Node in a folder above', async (t) => {
  const folder = plantTree(t, {
    [`${BINARY}/package.json`]: '{ "version": "24.1.0" }',
    [`${BINARY}/bin/node`]: '',
    'deep/er/file.txt': '',
  })
  chmodSync(join(folder, BINARY, 'bin/node'), 0o755)
  assert.equal((await find(join(folder, 'deep/er'))).output.trim(), join(folder, BINARY, 'bin/node'))
})

test('findInstalledNode() passes over a Node that is too old', async (t) => {
  const folder = plantTree(t, { [`${BINARY}/package.json`]: '{ "version": "22.9.0" }', [`${BINARY}/bin/node`]: '' })
  assert.equal((await find(folder)).output.trim(), 'null')
})

const RUN = pathToFileURL(join(root, 'bin/run-node.mjs')).href

/** Becomes another Node without `execve`, as on systems that lack it. */
const become = (code: string) => [
  '--input-type=module',
  '--eval',
  `delete process.execve\nimport { becomeNode } from '${RUN}'\nbecomeNode(process.execPath, ['--eval', ${JSON.stringify(code)}])`,
]

test('becomeNode() gives the exit code of the child', async () => {
  const { code } = await runProgram(process.execPath, become('process.exit(7)'), { cwd: root })
  assert.equal(code, 7)
})

test('becomeNode() hands signals on and waits for the child', async () => {
  const code =
    "process.on('SIGTERM', () => setTimeout(() => process.exit(5), 50)); setInterval(() => {}, 1000); console.log('up')"
  const child = spawn(process.execPath, become(code), { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const [exitCode] = (await once(child, 'exit')) as [number | null] // the documented arguments of the event
  assert.equal(exitCode, 5)
})

test('becomeNode() ends by the signal that ended the child', async () => {
  const { output } = await runProgram(process.execPath, become("process.kill(process.pid, 'SIGTERM')"), { cwd: root })
  assert.match(output, /Ended by SIGTERM/)
})

test('guichet prints its version and gives the exit code of the command', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string } // our own
  const guichet = (...args: readonly string[]) =>
    runProgram(process.execPath, ['bin/guichet.mjs', ...args], { cwd: root })
  assert.deepEqual(await guichet('--version'), { code: 0, output: `${version}\n` })
  assert.equal((await guichet('no-such-command')).code, 2)
})
