import type { Received } from '../core/received.ts'
import type { EncodedReply } from '../core/reply.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { FileTree } from './file-tree.ts'
import { type FileEntry, FileShelf } from './file-shelf.ts'
import { replyFromMemory } from './file-reply.ts'
import { FolderReplies } from './folder-reply.ts'
import { settleOptions, type StaticFilesOptions, type StaticSettings } from './static-settings.ts'
import { parseTreePath } from './tree-path.ts'

/**
 * Answers a GET or HEAD for a path inside a tree, percent-encoded as it was sent: `''` for the mount point itself,
 * else starting with `/`. Synchronous where the file is in memory.
 */
export type StaticFiles = (received: Received, pathWithinTree: string) => MaybePromise<Outcome<EncodedReply>>

/** Serves the files of a folder. Throws a `ConfigError` when the folder does not exist. */
export function createStaticFiles(options: StaticFilesOptions): StaticFiles {
  const settings = settleOptions(options)
  const server = new StaticServer(settings, new FileTree(settings.root))
  return (received, pathWithinTree) => server.answer(received, pathWithinTree)
}

class StaticServer {
  readonly #settings: StaticSettings
  readonly #shelf: FileShelf
  readonly #folders: FolderReplies

  constructor(settings: StaticSettings, tree: FileTree) {
    this.#settings = settings
    this.#shelf = new FileShelf(tree, settings)
    this.#folders = new FolderReplies(tree, settings)
  }

  answer(received: Received, raw: string): MaybePromise<Outcome<EncodedReply>> {
    if (received.method !== 'GET' && received.method !== 'HEAD') {
      return new Refusal('ROUTE_METHOD', { headers: ['allow', 'GET, HEAD, OPTIONS'] })
    }
    const parsed = parseTreePath(raw)
    if (parsed instanceof Refusal) return parsed
    const { path, isFolder } = parsed
    const key = isFolder ? this.#indexOf(path) : path
    const entry = key === null ? undefined : this.#shelf.fresh(key)
    if (entry === undefined) return this.#answerSlowly(received, path, isFolder)
    return this.#send(received, entry)
  }

  #indexOf(folder: string): string | null {
    const { index } = this.#settings
    return index === null ? null : folder + index
  }

  #send(received: Received, entry: FileEntry): MaybePromise<Outcome<EncodedReply>> {
    const variant = entry.choose(received.header('accept-encoding'))
    const { bytes } = variant.stored
    return bytes === null
      ? this.#shelf.stream(received, entry, variant)
      : replyFromMemory({ request: received, variant, nowMs: this.#settings.clock.now() }, bytes)
  }

  async #answerSlowly(received: Received, path: string, isFolder: boolean): Promise<Outcome<EncodedReply>> {
    const found = isFolder ? await this.#findFolder(received, path) : await this.#findFile(received, path)
    if (found !== null) return found
    const { fallback, notFoundPage } = this.#settings
    if (fallback !== '' && isPageAddress(received, path)) {
      const entry = await this.#shelf.load(fallback)
      if (entry !== null && entry !== 'folder') return this.#send(received, entry)
    }
    if (notFoundPage !== '') {
      const entry = await this.#shelf.load(notFoundPage)
      const bytes = entry === null || entry === 'folder' ? null : entry.plain.stored.bytes
      if (entry !== null && entry !== 'folder' && bytes !== null) return { ...notFound(entry), body: bytes }
    }
    return new Refusal('ROUTE_NOT_FOUND')
  }

  async #findFile(received: Received, path: string): Promise<Outcome<EncodedReply> | null> {
    if (path === '') return this.#redirect(received, path)
    const entry = await this.#shelf.load(path)
    if (entry === 'folder') return this.#redirect(received, path)
    return entry === null ? null : this.#send(received, entry)
  }

  /** To the folder with its slash, where there is something to show: else a folder would betray that it exists. */
  async #redirect(received: Received, path: string): Promise<Outcome<EncodedReply> | null> {
    const index = this.#indexOf(path === '' ? '' : `${path}/`)
    const entry = index === null ? null : await this.#shelf.load(index)
    const hasIndex = entry !== null && entry !== 'folder'
    return hasIndex || this.#settings.listing ? this.#folders.redirect(received) : null
  }

  async #findFolder(received: Received, path: string): Promise<Outcome<EncodedReply> | null> {
    const index = this.#indexOf(path)
    const entry = index === null ? null : await this.#shelf.load(index)
    if (entry !== null && entry !== 'folder') return this.#send(received, entry)
    return this.#settings.listing ? this.#folders.list(received, path) : null
  }
}

/** True where a person asked for a page: what looks like a file, or is asked for by a script, is really missing. */
function isPageAddress(received: Received, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return !name.includes('.') && (received.header('accept') ?? '').includes('text/html')
}

function notFound(entry: FileEntry): Omit<EncodedReply, 'body'> {
  return { status: 404, head: entry.plain.head, headers: null }
}
