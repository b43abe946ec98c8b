// node scripts/setup.mjs [node options] FILE [arguments]
//
// Runs a file of the repository on the Node.js that the repository pins, after installing the dependencies where they
// are missing or stale. Plain JavaScript for any Node from 18 on, and no dependency: it is the first thing that runs.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findInstalledNode, isRecentEnough, NODE_MAJOR_MIN } from '../bin/find-node.mjs'
import { becomeNode } from '../bin/run-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, 'package-lock.json')
const stamp = join(root, 'node_modules', '.guichet-lock')
// npm writes this file last, so it tells that an installation came to its end.
const installed = join(root, 'node_modules', '.package-lock.json')

const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex')
if (!isFresh()) install()

const node = findInstalledNode(root) ?? (isRecentEnough() ? process.execPath : null)
if (node === null) {
  const { platform, arch, versions } = process
  fail(
    `This needs Node.js ${NODE_MAJOR_MIN} or later. The one here is ${versions.node}, and npm has none for ${platform} ` +
      `${arch}: install it, then try again`,
  )
}
becomeNode(node, process.argv.slice(2), environmentWith(join(root, 'node_modules', '.bin')))

function isFresh() {
  if (!existsSync(installed)) return false
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true
  if (statSync(installed).mtimeMs < statSync(lock).mtimeMs) return false
  writeFileSync(stamp, wanted) // somebody ran npm install by hand
  return true
}

function install() {
  say('Installing the dependencies (once, about half a minute)…')
  const { status, error, stdout, stderr } = runNpm([
    'ci',
    '--include=dev',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--no-progress',
  ])
  if (status !== 0) {
    say(`${stdout ?? ''}${stderr ?? ''}`.trim())
    fail(`Cannot install the dependencies: npm ci ${error ? error.message : `ended with code ${status}`}`)
  }
  writeFileSync(stamp, wanted)
}

/** Runs the npm that runs us; on Windows npm is a command file, which only a shell can start. */
function runNpm(args) {
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env } }
  // What npm tells its scripts must not steer the npm inside: a workspace or a global prefix, for example.
  for (const name of Object.keys(options.env))
    if (/^npm_(config_(workspace|global|omit|only)|lifecycle|package)/i.test(name)) delete options.env[name]
  const npm = process.env.npm_execpath
  if (npm !== undefined && /\.[cm]?js$/.test(npm)) return spawnSync(process.execPath, [npm, ...args], options)
  if (process.platform === 'win32') return spawnSync(`npm.cmd ${args.join(' ')}`, { ...options, shell: true })
  return spawnSync('npm', args, options)
}

function environmentWith(folder) {
  const environment = { ...process.env }
  const name = Object.keys(environment).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH' // Windows writes Path
  const rest = (environment[name] ?? '').split(delimiter).filter((part) => part !== '' && part !== folder)
  environment[name] = [folder, ...rest].join(delimiter)
  return environment
}

// Written at once: a stream would set the terminal to another mode, which the next process would inherit.
function say(text) {
  if (text !== '') writeSync(2, `${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}
