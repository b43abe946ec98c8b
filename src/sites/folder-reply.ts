import type { Received } from '../core/received.ts'
import { type EncodedReply, HeadBlock } from '../core/reply.ts'
import type { FileTree } from './file-tree.ts'
import { formatFolderPage, readFolder } from './folder-page.ts'
import { PAGE_POLICY } from './page.ts'
import type { StaticSettings } from './static-settings.ts'

/** What folders answer: the way to their address with a slash, and the list of what they hold. */
export class FolderReplies {
  readonly #tree: FileTree
  readonly #entriesMax: number
  readonly #bare: HeadBlock
  readonly #page: HeadBlock

  constructor(tree: FileTree, { headers, limits, cacheControl }: StaticSettings) {
    this.#tree = tree
    this.#entriesMax = limits.listingEntriesMax
    this.#bare = new HeadBlock(['cache-control', cacheControl, ...headers])
    const own = headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== 'content-security-policy')
    this.#page = new HeadBlock([
      'content-type',
      'text/html; charset=utf-8',
      'cache-control',
      // What only some may see stays with them; what everybody may see is asked for again.
      /\b(?:private|no-store)\b/.test(cacheControl) ? cacheControl : 'no-cache',
      'content-security-policy',
      PAGE_POLICY,
      ...own,
    ])
  }

  /**
   * The same address with a slash at the end. Relative to its last segment: an address that starts with two slashes
   * would name another host.
   */
  redirect({ path, query }: Received): EncodedReply {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const location = `./${name}/${query === '' ? '' : `?${query}`}`
    return { status: 301, head: this.#bare, headers: ['location', location], body: null }
  }

  /** Null: there is no such folder. */
  async list(_: Received, path: string): Promise<EncodedReply | null> {
    const content = await readFolder(this.#tree, path, this.#entriesMax)
    if (content === null) return null
    const page = formatFolderPage(path, content)
    return { status: 200, head: this.#page, headers: null, body: page.text }
  }
}
