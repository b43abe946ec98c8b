import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { CommandError } from './command.ts'

/** Reads a file of `KEY=value` lines (`--config`). */
export async function readConfigFile(path: string): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return parseEnv(await readFile(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot read the configuration file ${path}: ${reason}`)
  }
}
