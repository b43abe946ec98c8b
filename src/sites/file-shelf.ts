import { mediaTypeOf } from './media-types.ts'
import { FileCache } from './file-cache.ts'
import { createVariant, type FileVariant, replyFromDisk } from './file-reply.ts'
import type { FileTree } from './file-tree.ts'
import type { StaticSettings } from './static-settings.ts'
import { openStoredFile, readStoredFile, type StoredFile } from './stored-file.ts'
import { weighChoices } from '../wire/quality.ts'
import type { EncodedReply } from '../core/reply.ts'
import { type Outcome, Refusal } from '../core/refusal.ts'
import type { ConditionalRequest } from '../wire/conditional.ts'

/** Codings in the order in which they are preferred, with the ending of the sibling file. */
const CODINGS: readonly (readonly [coding: string, ending: string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
]
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** A file with its precompressed siblings. */
export class FileEntry {
  readonly plain: FileVariant
  readonly encoded: readonly FileVariant[]
  readonly #codings: readonly string[]
  /** When the disk was last asked. */
  checkedAtMs: number

  constructor(plain: FileVariant, encoded: readonly FileVariant[], checkedAtMs: number) {
    this.plain = plain
    this.encoded = encoded
    this.#codings = [...encoded.map(({ coding }) => coding ?? ''), 'identity']
    this.checkedAtMs = checkedAtMs
  }

  /** The best variant for an `Accept-Encoding` (RFC 9110 section 12.5.3). */
  choose(acceptEncoding: string | undefined): FileVariant {
    if (acceptEncoding === undefined || this.encoded.length === 0) return this.plain
    const weights = weighChoices(acceptEncoding, this.#codings)
    const best = Math.max(...weights)
    // Where plain bytes are liked best, the index is one behind the last coding.
    return best > 0 ? (this.encoded[weights.indexOf(best)] ?? this.plain) : this.plain
  }

  get variants(): readonly FileVariant[] {
    return [this.plain, ...this.encoded]
  }
}

/** The files of a tree: small ones from memory, checked against the disk now and then; large ones from the disk. */
export class FileShelf {
  readonly #tree: FileTree
  readonly #settings: StaticSettings
  readonly #cache: FileCache<FileEntry>
  // Requests for one file that is being read wait for that reading: a crowd costs one.
  readonly #loading = new Map<string, Promise<FileEntry | 'folder' | null>>()

  constructor(tree: FileTree, settings: StaticSettings) {
    this.#tree = tree
    this.#settings = settings
    this.#cache = new FileCache(settings.limits.staticCacheBytesMax)
  }

  /** What is in memory and was compared with the disk recently. */
  fresh(path: string): FileEntry | undefined {
    const entry = this.#cache.get(path)
    if (entry === undefined) return undefined
    const { clock, limits } = this.#settings
    return clock.now() - entry.checkedAtMs < limits.staticRevalidateMs ? entry : undefined
  }

  load(path: string): Promise<FileEntry | 'folder' | null> {
    const loading = this.#loading.get(path)
    if (loading !== undefined) return loading
    const promise = this.#load(path).finally(() => this.#loading.delete(path))
    this.#loading.set(path, promise)
    return promise
  }

  /** The reply for a file too large to be kept, opened for this reply alone. */
  async stream(request: ConditionalRequest, entry: FileEntry, variant: FileVariant): Promise<Outcome<EncodedReply>> {
    const nowMs = this.#settings.clock.now()
    const opened = await openStoredFile(this.#tree, variant.stored.path, nowMs)
    if (opened === null) return new Refusal('ROUTE_NOT_FOUND')
    const { stored, handle } = opened
    const { coding } = variant
    const current = this.#variant(entry.plain.stored.path, { stored, coding }, entry.encoded.length > 0)
    return replyFromDisk({ request, variant: current, nowMs }, handle)
  }

  async #load(path: string): Promise<FileEntry | 'folder' | null> {
    const known = this.#cache.get(path)
    const nowMs = this.#settings.clock.now()
    const plain = await this.#read(path, known?.plain.stored ?? null, nowMs)
    if (plain === null || plain === 'folder') {
      this.#cache.delete(path)
      return plain
    }
    const siblings = this.#settings.precompressed ? await this.#readSiblings(plain, known, nowMs) : []
    if (known !== undefined && isSame(known, plain, siblings)) {
      known.checkedAtMs = nowMs
      return known
    }
    const isNegotiated = siblings.length > 0
    const entry = new FileEntry(
      this.#variant(path, { stored: plain, coding: null }, isNegotiated),
      siblings.map((sibling) => this.#variant(path, sibling, isNegotiated)),
      nowMs,
    )
    const bytes = entry.variants.reduce((sum, { stored }) => sum + (stored.bytes?.length ?? 0), 0)
    this.#cache.set(path, entry, bytes)
    return entry
  }

  #read(path: string, known: StoredFile | null, nowMs: number): Promise<StoredFile | 'folder' | null> {
    const bytesMax = this.#settings.limits.staticCachedFileBytesMax
    return readStoredFile(this.#tree, path, { bytesMax, nowMs, known })
  }

  /** A sibling older than its file was made from another version of it: it is not sent. */
  async #readSiblings(plain: StoredFile, known: FileEntry | undefined, nowMs: number): Promise<readonly Sibling[]> {
    const siblings: Sibling[] = []
    for (const [coding, ending] of CODINGS) {
      const before = known?.encoded.find((variant) => variant.coding === coding)?.stored ?? null
      const stored = await this.#read(plain.path + ending, before, nowMs)
      if (stored === null || stored === 'folder' || stored.version.mtimeNs < plain.version.mtimeNs) continue
      siblings.push({ coding, stored })
    }
    return siblings
  }

  #variant(path: string, { stored, coding }: Sibling, isNegotiated: boolean): FileVariant {
    const { immutable, cacheControl, headers } = this.#settings
    return createVariant(stored, {
      coding,
      type: mediaTypeOf(path),
      cacheControl: immutable?.test(path) === true ? IMMUTABLE : cacheControl,
      isNegotiated,
      headers,
    })
  }
}

interface Sibling {
  /** Null: the file itself. */
  readonly coding: string | null
  readonly stored: StoredFile
}

function isSame(known: FileEntry, plain: StoredFile, siblings: readonly Sibling[]): boolean {
  const { encoded } = known
  if (known.plain.stored !== plain || encoded.length !== siblings.length) return false
  return siblings.every(({ stored }, i) => encoded[i]?.stored === stored)
}
