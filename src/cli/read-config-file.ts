import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { CommandError, type CommandIo } from './command.ts'

/** Where a command reads the configuration of an app. */
export interface ConfigSources {
  readonly environment: CommandIo['environment']
  readonly file: Readonly<Record<string, string | undefined>>
}

/** The environment, and the file of `--config` where it was given. */
export async function readConfig({ environment }: CommandIo, path: string | undefined): Promise<ConfigSources> {
  return { environment, file: path === undefined ? {} : await readConfigFile(path) }
}

/** Reads a file of `KEY=value` lines (`--config`). */
export async function readConfigFile(path: string): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return parseEnv(await readFile(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot read the configuration file ${path}: ${reason}`)
  }
}
