import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigMistake } from '../core/config-error.ts'
import { isGuessable, SECRET_BYTES_MIN } from '../core/keyring.ts'

export interface Secrets {
  readonly secrets: readonly string[]
  readonly mistakes: readonly ConfigMistake[]
}

/**
 * The secrets of the app, the newest first. In production they must be configured; elsewhere one is made and kept
 * beside the app, so that tokens survive a restart.
 */
export function readSecrets(configured: string, directory: string | null, isProduction: boolean): Secrets {
  const secrets = configured
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '')
  if (secrets.length > 0) return { secrets, mistakes: secrets.flatMap(weaknessOf) }
  if (!isProduction) return { secrets: [directory === null ? makeSecret() : keepSecret(directory)], mistakes: [] }
  return {
    secrets: [makeSecret()],
    mistakes: [
      {
        where: 'GUICHET_SECRET',
        problem: 'a server in production needs a secret to sign with',
        current: '(none)',
        wanted: `at least ${SECRET_BYTES_MIN} random characters, the same for all processes`,
      },
    ],
  }
}

function weaknessOf(secret: string): readonly ConfigMistake[] {
  if (!isGuessable(secret)) return []
  return [
    { where: 'GUICHET_SECRET', problem: 'the secret can be guessed', current: '(secret)', wanted: 'random characters' },
  ]
}

function makeSecret(): string {
  return randomBytes(SECRET_BYTES_MIN).toString('base64url')
}

function keepSecret(directory: string): string {
  const file = join(directory, 'secret')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const known = readSecret(file)
  if (known !== null) return known
  const made = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(made, makeSecret(), { flag: 'wx', mode: 0o600 })
  try {
    // Of two processes that start at once one gives the file its name, whole, and both read the same.
    linkSync(made, file)
  } catch {
    // It is there: of another process, or empty since one was killed; or this file system has no links.
    if (readSecret(file) === null) renameSync(made, file)
  } finally {
    rmSync(made, { force: true })
  }
  return readSecret(file) ?? makeSecret()
}

/** Null where there is none, or an empty one. */
function readSecret(file: string): string | null {
  if (!existsSync(file)) return null
  const secret = readFileSync(file, 'utf8').trim()
  return secret.length < SECRET_BYTES_MIN ? null : secret
}
