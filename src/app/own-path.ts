import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** A path from the app's own folder; null where it does not exist. */
export function ownPath(directory: string, path: string): string | null {
  const full = resolve(directory, path)
  return existsSync(full) ? full : null
}
