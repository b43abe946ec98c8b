#!/usr/bin/env node
// Plain JavaScript for any Node from 18 on: it finds the Node that runs the command line, then loads it.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findInstalledNode, isRecentEnough, NODE_MAJOR_MIN } from './find-node.mjs'
import { runNew as newApp } from './new-app.mjs'
import { becomeNode } from './run-node.mjs'

const CONDITION = '--conditions=guichet-source'

const here = fileURLToPath(import.meta.url)
const source = new URL('../src/cli/start.ts', import.meta.url)
// In the repository the sources run unbuilt; the published package holds dist/ only.
const isRepository = existsSync(source)
const start = isRepository ? source : new URL('../dist/bundle/start.js', import.meta.url)

if (isRecentEnough() && (!isRepository || hasCondition())) {
  rememberCode()
  await import(start.href)
} else await restart()

/**
 * What Node has compiled once is read at the next start: a restart after a change takes a third of the time. Kept beside
 * the package, where nobody else may write, and not in a folder that all users of the machine share.
 */
function rememberCode() {
  const folder = join(dirname(here), '..')
  const modules = isRepository ? join(folder, 'node_modules') : dirname(folder)
  if (basename(modules) === 'node_modules') module.enableCompileCache?.(join(modules, '.cache', 'guichet'))
}

/** The condition must be known to Node from its start: it also decides what the app file gets as `guichet`. */
function hasCondition() {
  return process.execArgv.includes(CONDITION) || (process.env.NODE_OPTIONS ?? '').includes(CONDITION)
}

async function restart() {
  const node = isRecentEnough()
    ? process.execPath
    : (findInstalledNode(process.cwd()) ?? findInstalledNode(dirname(here)))
  if (node === null && !isRepository && process.argv[2] === 'new' && process.argv.length === 4) {
    // A new app brings its own Node: only its files have to be made with this one.
    process.exitCode = await newApp(process.argv[3])
    return
  }
  if (node === null) {
    const advice = isRepository ? 'Run "npm ci", which brings it' : `Install Node.js ${NODE_MAJOR_MIN} or later`
    process.stderr.write(
      `Cannot run guichet: this is Node.js ${process.versions.node}, it needs ${NODE_MAJOR_MIN}. ${advice}\n`,
    )
    process.exit(1)
  }
  becomeNode(node, [...(isRepository ? [CONDITION] : []), ...process.execArgv, here, ...process.argv.slice(2)])
}
