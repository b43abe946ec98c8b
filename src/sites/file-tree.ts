import type { BigIntStats } from 'node:fs'
import { constants, realpathSync, statSync } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ConfigError } from '../core/config-error.ts'
import { isPlainName } from './tree-path.ts'

/** An open regular file of a tree; who opened it closes it. */
export interface OpenedFile {
  readonly handle: FileHandle
  readonly stats: BigIntStats
}

// Without O_NONBLOCK the opening of a named pipe would wait, for ever, for one who writes into it.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
/** What the system says where there is nothing to serve: each reads 404. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'EINVAL', 'ENODEV'])

/** A folder whose files are served, and nothing outside it. */
export class FileTree {
  readonly #root: string

  /** Throws a `ConfigError` unless `root` is a folder. */
  constructor(root: string) {
    try {
      this.#root = realpathSync(root)
      if (statSync(this.#root).isDirectory()) return
    } catch {
      // Said below: whatever the reason, there is no folder to serve.
    }
    throw new ConfigError([
      { where: 'static tree', problem: 'its root is not a folder', current: root, wanted: 'a folder that exists' },
    ])
  }

  /**
   * Opens what `path` names (decoded, from `parseTreePath`). Null: nothing to serve. A link may lead elsewhere in the
   * tree, never out of it nor to a hidden name.
   */
  async open(path: string): Promise<OpenedFile | 'folder' | null> {
    const full = join(this.#root, path)
    let handle: FileHandle | null = null
    try {
      handle = await open(full, FLAGS)
      const stats = await handle.stat({ bigint: true })
      const isWithin = await this.#isWithin(full, stats)
      if (isWithin && stats.isFile()) {
        const opened = { handle, stats }
        handle = null
        return opened
      }
      return isWithin && stats.isDirectory() ? 'folder' : null
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    } finally {
      await handle?.close()
    }
  }

  /** True where `path` names something that the tree serves. */
  async has(path: string): Promise<boolean> {
    const found = await this.open(path)
    if (found !== null && found !== 'folder') await found.handle.close()
    return found !== null
  }

  /** Full path of a folder of the tree; null where there is none. */
  async folder(path: string): Promise<string | null> {
    return (await this.open(path)) === 'folder' ? join(this.#root, path) : null
  }

  /**
   * The file is opened first and its real path asked afterwards: whoever changes a link in between gets nothing, since
   * the path must lead, without a link, to the very file that is open.
   */
  async #isWithin(full: string, { dev, ino }: BigIntStats): Promise<boolean> {
    const real = await realpath(full)
    const inside = relative(this.#root, real)
    if (inside !== '' && !inside.split(sep).every(isServed)) return false
    const found = await lstat(real, { bigint: true })
    return found.dev === dev && found.ino === ino
  }
}

function isServed(name: string, index: number): boolean {
  // `relative()` starts with `..` for what is outside, and gives an absolute path for another drive.
  return isPlainName(name) || (index === 0 && name === '.well-known')
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT.has(error.code)
}
