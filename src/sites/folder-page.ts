import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { html, type Html } from '../wire/html.ts'
import { formatPage } from './page.ts'
import { isPlainName } from './tree-path.ts'

/** One line of a listing. */
export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly bytes: number
  readonly modifiedMs: number
}

/** Reads what a folder holds, without hidden names; folders first, then by name. At most `entriesMax`. */
export async function readFolder(path: string, entriesMax: number): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = []
  for await (const { name } of await opendir(path)) {
    if (entries.length >= entriesMax) break
    if (!isPlainName(name)) continue
    // A link without a target, or a file that has just gone.
    const stats = await stat(join(path, name)).catch(() => null)
    if (stats === null || !(stats.isFile() || stats.isDirectory())) continue
    entries.push({ name, isFolder: stats.isDirectory(), bytes: stats.size, modifiedMs: stats.mtimeMs })
  }
  return entries.toSorted(
    (a, b) => Number(b.isFolder) - Number(a.isFolder) || a.name.localeCompare(b.name, 'en', { numeric: true }),
  )
}

/** The page of a listing. `path` is that of the folder, decoded, with its slash at the end. */
export function formatFolderPage(path: string, entries: readonly FolderEntry[]): Html {
  return formatPage({
    title: `/${path}`,
    body: html`<main class="wide"><h1>${formatTrail(path)}</h1>
<table><thead><tr><th scope="col">Name</th><th scope="col" class="num">Size</th><th scope="col" class="num">Changed (UTC)</th></tr></thead>
<tbody>${path === '' ? null : html`<tr><td><a href="../">↑ parent folder</a></td><td></td><td></td></tr>`}${entries.map(formatEntry)}</tbody></table>
${entries.length === 0 ? html`<p class="quiet">This folder is empty.</p>` : null}</main>`,
  })
}

function formatTrail(path: string): Html {
  const names = path.split('/').filter((name) => name !== '')
  const links = names.map((name, i) => {
    const up = names.length - 1 - i
    return up === 0 ? html`${name}/` : html`<a href="${'../'.repeat(up)}">${name}</a>/`
  })
  return html`${names.length === 0 ? '/' : html`<a href="${'../'.repeat(names.length)}" aria-label="root folder">/</a>`}${links}`
}

function formatEntry({ name, isFolder, bytes, modifiedMs }: FolderEntry): Html {
  const slash = isFolder ? '/' : ''
  const changed = new Date(modifiedMs).toISOString()
  return html`<tr><td><a href="./${encodeURIComponent(name)}${slash}">${name}${slash}</a></td><td class="num">${isFolder ? '' : formatBytes(bytes)}</td><td class="num"><time datetime="${changed}">${changed.slice(0, 16).replace('T', ' ')}</time></td></tr>
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
