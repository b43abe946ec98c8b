import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppDefinition } from '../app/guichet.ts'
import { migrationFolder, type OpenDriver } from '../app/open-database.ts'
import { ownPath } from '../app/own-path.ts'
import { openPglite, type PgliteDriver } from '../sql/pglite-driver.ts'

const FOLDER = join(tmpdir(), 'guichet-snapshots')

/** The new databases of tests: an embedded one is made once for each schema, then loaded from a snapshot (0.3 s). */
export class Snapshots {
  readonly #file: string
  #driver: PgliteDriver | null = null

  constructor(definition: AppDefinition) {
    this.#file = join(FOLDER, `${schemaHash(definition)}.tar`)
  }

  /** Opens a new database in memory. */
  readonly open: OpenDriver = async (_, { limits }) => {
    const snapshot = this.#read()
    const driver = await openPglite(null, snapshot === null ? { limits } : { limits, snapshot })
    if (snapshot === null) this.#driver = driver
    return driver
  }

  /** To be called when the schema is there and nothing else has happened. */
  async keep(): Promise<void> {
    if (this.#driver === null) return
    mkdirSync(FOLDER, { recursive: true })
    // Without it a sequence would go on 32 numbers later, as after a crash.
    await this.#driver.script('CHECKPOINT')
    const part = `${this.#file}.${process.pid}`
    // Renamed when it is whole: another test file may read at the same time.
    writeFileSync(part, await this.#driver.snapshot())
    renameSync(part, this.#file)
    this.#driver = null
  }

  #read(): Uint8Array | null {
    return existsSync(this.#file) ? readFileSync(this.#file) : null
  }
}

/** Changes with all that makes the first state of the database. */
function schemaHash(definition: AppDefinition): string {
  const hash = createHash('sha256').update('2')
  const folder = migrationFolder(definition)
  for (const name of folder === null ? [] : readdirSync(folder).toSorted()) {
    hash.update(name).update(readFileSync(join(folder ?? '', name)))
  }
  const data = definition.options.database?.data
  const file = data === undefined ? null : ownPath(definition.directory, data)
  if (file !== null) hash.update('data').update(readFileSync(file))
  return hash.digest('hex').slice(0, 32)
}
