import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/**
 * Watches a folder and the folders below it; `onChange` gets the path of what changed. Each folder is watched by itself:
 * Node's recursive watching loses a file on Linux when an editor replaces it. Gives the function that ends it.
 */
export function watchFolder(folder: string, onChange: (path: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>()
  const add = (path: string): void => {
    if (watchers.has(path)) return
    const watcher = watch(path, (_, name) => {
      if (name === null || isHidden(name)) return
      addBelow(path)
      onChange(join(path, name))
    })
    // A folder that is removed ends its own watching.
    watcher.on('error', () => watchers.delete(path))
    watchers.set(path, watcher)
    addBelow(path)
  }
  const addBelow = (path: string): void => {
    for (const name of foldersIn(path)) add(join(path, name))
  }
  add(folder)
  return () => {
    for (const watcher of watchers.values()) watcher.close()
  }
}

function foldersIn(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory() && !isHidden(entry.name)).map(({ name }) => name)
  } catch {
    return [] // removed meanwhile
  }
}

/** What the database, package managers and builds write is no change of the app. */
function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules' || name === 'dist'
}
