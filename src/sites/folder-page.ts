import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { html, type Html } from '../wire/html.ts'
import type { FileTree } from './file-tree.ts'
import { formatPage } from './page.ts'
import { isPlainName } from './tree-path.ts'

/** One line of a listing. */
export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly bytes: number
  readonly modifiedMs: number
}

const BY_NAME = new Intl.Collator('en', { numeric: true })

/** What a folder holds, or as much of it as is shown. */
export interface FolderContent {
  readonly entries: readonly FolderEntry[]
  /** True where there is more than `entriesMax`. */
  readonly isCut: boolean
}

/**
 * Reads what the folder at `path` holds, as far as the tree serves it; folders first, then by name. At most
 * `entriesMax`. Null where there is no such folder.
 */
export async function readFolder(tree: FileTree, path: string, entriesMax: number): Promise<FolderContent | null> {
  const full = await tree.folder(path)
  if (full === null) return null
  const entries: FolderEntry[] = []
  let isCut = false
  for await (const found of await opendir(full)) {
    const { name } = found
    if (!isPlainName(name)) continue
    // A link without a target, or a file that has just gone.
    const stats = await stat(join(full, name)).catch(() => null)
    if (stats === null || !(stats.isFile() || stats.isDirectory())) continue
    // A link that leaves the tree would tell that its target exists, and how large it is.
    if (!found.isFile() && !found.isDirectory() && !(await tree.has(path + name))) continue
    isCut = entries.length >= entriesMax
    if (isCut) break
    entries.push({ name, isFolder: stats.isDirectory(), bytes: stats.size, modifiedMs: stats.mtimeMs })
  }
  entries.sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || BY_NAME.compare(a.name, b.name))
  return { entries, isCut }
}

/** The page of a listing. `path` is that of the folder, decoded, with its slash at the end. */
export function formatFolderPage(path: string, { entries, isCut }: FolderContent): Html {
  return formatPage({
    title: `/${path}`,
    body: html`<main class="wide"><h1>${formatTrail(path)}</h1>
<table><thead><tr><th scope="col">Name</th><th scope="col" class="num">Size</th><th scope="col" class="num">Changed (UTC)</th></tr></thead>
<tbody>${path === '' ? null : html`<tr><td><a href="../">↑ parent folder</a></td><td></td><td></td></tr>`}${entries.map(formatEntry)}</tbody></table>
${entries.length === 0 ? html`<p class="quiet">This folder is empty.</p>` : null}${isCut ? html`<p class="quiet">There is more in this folder: only ${entries.length} names are shown.</p>` : null}</main>`,
  })
}

function formatTrail(path: string): Html {
  const names = path.split('/').filter((name) => name !== '')
  const links = names.map((name, i) => {
    const up = names.length - 1 - i
    return up === 0 ? html`<bdi>${name}</bdi>/` : html`<a href="${'../'.repeat(up)}"><bdi>${name}</bdi></a>/`
  })
  return html`${names.length === 0 ? '/' : html`<a href="${'../'.repeat(names.length)}" aria-label="root folder">/</a>`}${links}`
}

// `bdi`: a name with characters that turn the direction of writing must not change what stands beside it.
function formatEntry({ name, isFolder, bytes, modifiedMs }: FolderEntry): Html {
  const slash = isFolder ? '/' : ''
  const changed = new Date(modifiedMs).toISOString()
  return html`<tr><td><a href="./${encodeURIComponent(name)}${slash}"><bdi>${name}</bdi>${slash}</a></td><td class="num">${isFolder ? '' : formatBytes(bytes)}</td><td class="num"><time datetime="${changed}">${changed.slice(0, 16).replace('T', ' ')}</time></td></tr>
`
}

/** A size as a person reads it, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit] ?? ''}`
}
