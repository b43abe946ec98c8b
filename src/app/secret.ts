import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigMistake } from '../core/config-error.ts'
import { SECRET_BYTES_MIN } from '../core/keyring.ts'

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

/** A long secret that repeats a few characters is a placeholder, not a secret. */
function weaknessOf(secret: string): readonly ConfigMistake[] {
  if (new Set(secret).size >= 8) return []
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
  try {
    // `wx`: of two processes that start at once, one writes and both read the same.
    writeFileSync(file, makeSecret(), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file, 'utf8').trim()
}
