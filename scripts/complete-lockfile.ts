/** `npm run lockfile`: adds to `package-lock.json` the builds for other systems that the registry at hand does not have. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeLockfile, findMissingBuilds, type Lockfile } from './checks/lockfile.ts'

const path = join(import.meta.dirname, '..', 'package-lock.json')
const lockfile = JSON.parse(readFileSync(path, 'utf8')) as Lockfile // npm wrote it
const missing = findMissingBuilds(lockfile)
if (missing.length > 0) writeFileSync(path, `${JSON.stringify(completeLockfile(lockfile), null, 2)}\n`)
console.log(`${missing.length} builds added`)
