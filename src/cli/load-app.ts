import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppDefinition } from '../app/guichet.ts'
import { CommandError } from './command.ts'

/** Imports an app file and gives what its export `app` declares. */
export async function loadApp(file: string): Promise<AppDefinition> {
  const path = resolve(file)
  if (!existsSync(path)) throw new CommandError(`Cannot load ${file}: there is no such file`)
  if (statSync(path).isDirectory())
    throw new CommandError(`Cannot load ${file}: it is a folder; name the file of the app`)
  if (!/\.[cm]?[jt]s$/.test(path)) throw new CommandError(`Cannot load ${file}: it is no TypeScript or JavaScript file`)
  const loaded = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>> // a module is an object
  const app = loaded['app'] ?? loaded['default']
  if (typeof app !== 'object' || app === null || !('~definition' in app)) {
    throw new CommandError(`Cannot load ${file}: it must have "export const app = guichet({ … })"`)
  }
  return app['~definition'] as AppDefinition // only guichet() makes this property
}
