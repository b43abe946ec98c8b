// Plain JavaScript for any Node from 18 on: this runs before the Node that runs everything else is known.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The oldest major version of Node.js that runs Guichet. */
export const NODE_MAJOR_MIN = 24

const { platform, arch, versions } = process
const system = platform === 'win32' ? 'win' : platform
const program = platform === 'win32' ? 'node.exe' : 'node'

/** Whether the Node that runs this file is recent enough. */
export function isRecentEnough() {
  return majorOf(versions.node) >= NODE_MAJOR_MIN
}

/**
 * The path of a recent enough Node that npm has put into a `node_modules` of `folder` or of a folder above it;
 * null where there is none.
 */
export function findInstalledNode(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const found = findIn(join(at, 'node_modules'))
    if (found !== null || dirname(at) === at) return found
  }
}

function findIn(modules) {
  if (!existsSync(modules)) return null
  const places = [`node-${system}-${arch}`, `node-bin-${system}-${arch}`].map((name) => join(modules, name, 'bin'))
  // On Windows .bin holds shell wrappers, which cannot be started as programs.
  if (platform !== 'win32') places.push(join(modules, '.bin'))
  for (const place of places) {
    const path = join(place, program)
    if (existsSync(path) && readMajor(path) >= NODE_MAJOR_MIN) return path
  }
  return null
}

/** The version stands in the package of the binary: reading it is quicker than starting it. */
function readMajor(path) {
  try {
    return majorOf(JSON.parse(readFileSync(join(dirname(realpathSync(path)), '..', 'package.json'), 'utf8')).version)
  } catch {
    return 0 // not a package of Node.js: not the one that is looked for
  }
}

function majorOf(version) {
  return Number.parseInt(version, 10)
}
