import type { Received } from '../core/received.ts'
import { type EncodedReply, HeadBlock } from '../core/reply.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { prefersJson } from '../wire/quality.ts'
import { FileTree } from './file-tree.ts'
import { type FileEntry, FileShelf } from './file-shelf.ts'
import { replyFromMemory } from './file-reply.ts'
import { FolderReplies } from './folder-reply.ts'
import { mediaTypeOf } from './media-types.ts'
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
  readonly #missingHead: HeadBlock

  constructor(settings: StaticSettings, tree: FileTree) {
    this.#settings = settings
    this.#shelf = new FileShelf(tree, settings)
    this.#folders = new FolderReplies(tree, settings)
    const { notFoundPage, headers } = settings
    const type = mediaTypeOf(notFoundPage)
    // No cache keeps it: what is missing now may be there in a minute. Nor does it have the version of a file.
    this.#missingHead = new HeadBlock([
      ...['content-type', type, 'cache-control', 'no-store', 'vary', 'accept'],
      ...headers,
    ])
  }

  answer(received: Received, raw: string): MaybePromise<Outcome<EncodedReply>> {
    if (received.method !== 'GET' && received.method !== 'HEAD') {
      return new Refusal('ROUTE_METHOD', { headers: ['allow', 'GET, HEAD, OPTIONS'] })
    }
    const parsed = parseTreePath(raw)
    if (parsed instanceof Refusal) return parsed.status === 404 ? this.#answerMissing(received, parsed) : parsed
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
    const { fallback } = this.#settings
    if (fallback !== '' && isPageAddress(path) && wantsPage(received)) {
      const entry = await this.#shelf.load(fallback)
      if (entry !== null && entry !== 'folder') return varying(await this.#send(received, entry))
    }
    return this.#answerMissing(received, new Refusal('ROUTE_NOT_FOUND'))
  }

  /** The page of the tree for what is missing; the refusal for those who ask for JSON. */
  #answerMissing(received: Received, refusal: Refusal): MaybePromise<Outcome<EncodedReply>> {
    const { notFoundPage } = this.#settings
    if (notFoundPage === '' || prefersJson(received.header('accept'))) return refusal
    const known = this.#shelf.fresh(notFoundPage)
    if (known !== undefined) return this.#missing(known, refusal)
    return this.#shelf.load(notFoundPage).then((entry) => this.#missing(entry, refusal))
  }

  #missing(entry: FileEntry | 'folder' | null, refusal: Refusal): Outcome<EncodedReply> {
    const body = entry === null || entry === 'folder' ? null : entry.plain.stored.bytes
    return body === null ? refusal : { status: 404, head: this.#missingHead, headers: null, body }
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

/** False for what looks like a file: it is really missing. */
function isPageAddress(path: string): boolean {
  return !path.slice(path.lastIndexOf('/') + 1).includes('.')
}

/** False for a script that asks for data. */
function wantsPage(received: Received): boolean {
  return (received.header('accept') ?? '').includes('text/html')
}

/** The reply, which those who ask for something else than a page do not get. */
function varying(reply: Outcome<EncodedReply>): Outcome<EncodedReply> {
  return reply instanceof Refusal ? reply : { ...reply, headers: [...(reply.headers ?? []), 'vary', 'accept'] }
}
