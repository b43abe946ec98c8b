import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Check, Finding } from './finding.ts'
import { findMissingBuilds, type LockedPackage, type Lockfile } from './lockfile.ts'

const LOCKFILE = 'package-lock.json'

/** The lockfile lets `npm ci` install on every system, from whatever registry a machine uses. */
export const lockfileCheck: Check = {
  name: 'lockfile',
  promise: 'npm ci installs on every system, from any registry',
  run: (root) => {
    const text = readFileSync(join(root, LOCKFILE), 'utf8')
    const lockfile = JSON.parse(text) as Lockfile // npm wrote it
    return [...checkBuilds(lockfile), ...checkAddresses(text), ...checkManifests(root, lockfile)]
  },
}

function checkBuilds(lockfile: Lockfile): readonly Finding[] {
  const missing = findMissingBuilds(lockfile)
  if (missing.length === 0) return []
  const names = missing.map(({ name }) => name)
  return [{ where: LOCKFILE, what: `${names.length} builds are missing (${names[0]}, …): run npm run lockfile` }]
}

function checkAddresses(text: string): readonly Finding[] {
  const match = /"resolved": "(https?:[^"]*)"/.exec(text)
  return match === null
    ? []
    : [{ where: LOCKFILE, what: 'it names the host of a registry: install with the .npmrc of this repository' }]
}

/** What package.json asks for is what the lockfile was made from. */
function checkManifests(root: string, { packages }: Lockfile): readonly Finding[] {
  const own = Object.keys(packages).filter((path) => !path.startsWith('node_modules/'))
  return own.flatMap((path) => {
    const where = `${path === '' ? '' : `${path}/`}package.json`
    const manifest = JSON.parse(readFileSync(join(root, where), 'utf8')) as LockedPackage // npm copies the one from the other
    const locked = packages[path] ?? {}
    const differs = (['dependencies', 'devDependencies'] as const).some(
      (kind) => JSON.stringify(sorted(manifest[kind])) !== JSON.stringify(sorted(locked[kind])),
    )
    return differs
      ? [{ where, what: 'the lockfile was made from other dependencies: run npm install, then npm run lockfile' }]
      : []
  })
}

function sorted(entries: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] {
  return Object.entries(entries).sort(([one], [other]) => one.localeCompare(other, 'en'))
}
