import type { ConfigMistake } from '../core/config-error.ts'
import { parseTls } from './tls-files.ts'

/** Where a value came from. */
export type SettingSource = 'default' | 'code' | 'file' | 'environment'

export interface Setting {
  readonly name: string
  readonly value: string
  readonly source: SettingSource
  readonly isSecret: boolean
}

/** What the environment and a configuration file may say; code may say the same with typed options. */
export interface SettingKind {
  readonly about: string
  readonly wanted: string
  readonly fallback: string
  readonly isSecret?: boolean
  readonly accepts: (text: string) => boolean
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535
const isOneOf =
  (...words: readonly string[]) =>
  (text: string): boolean =>
    words.includes(text)

/** The names of all keys. */
export type SettingName =
  | 'HOST'
  | 'PORT'
  | 'NODE_ENV'
  | 'DATABASE_URL'
  | 'REDIS_URL'
  | 'GUICHET_SECRET'
  | 'GUICHET_PREFIX'
  | 'GUICHET_TRUSTED_PROXIES'
  | 'GUICHET_TLS'
  | 'GUICHET_REDIRECT_PORT'
  | 'GUICHET_PLAIN_HTTP'
  | 'GUICHET_AUDIT'
  | 'GUICHET_EMBEDDED_IN_PRODUCTION'
  | 'LOG_LEVEL'

/** Every key that the framework reads; `docs/reference/config.md` has one row for each. */
export const SETTING_KINDS: Readonly<Record<SettingName, SettingKind>> = {
  HOST: {
    about: 'Address on which the server listens',
    wanted: 'an IP address or a host name',
    fallback: '127.0.0.1',
    accepts: (text) => /^[A-Za-z0-9.:_-]+$/.test(text),
  },
  PORT: {
    about: 'TCP port of the HTTP listener; 0 takes a free one',
    wanted: '0 to 65535',
    fallback: '3000',
    accepts: isPort,
  },
  NODE_ENV: {
    about: 'What the process is for',
    wanted: 'development, test or production',
    fallback: 'development',
    accepts: isOneOf('development', 'test', 'production'),
  },
  DATABASE_URL: {
    about: 'Where the database is',
    wanted: 'pglite:DIR, pglite:memory: or postgres://user:password@host:port/name',
    fallback: '',
    isSecret: true,
    accepts: (text) => /^(pglite:.+|postgres(ql)?:\/\/.+)$/.test(text),
  },
  REDIS_URL: {
    about: 'Where shared short-lived state is; without it, in the memory of the process',
    wanted: 'redis://host:port or rediss://host:port',
    fallback: '',
    isSecret: true,
    accepts: (text) => /^rediss?:\/\/.+$/.test(text),
  },
  GUICHET_SECRET: {
    about: 'Secret from which signing keys are derived; several, the newest first, are separated by commas',
    wanted: 'at least 32 characters each',
    fallback: '',
    isSecret: true,
    accepts: (text) => text.split(',').every((secret) => secret.trim().length >= 32),
  },
  GUICHET_PREFIX: {
    about: 'Public prefix of all paths, behind a proxy that keeps it',
    wanted: 'a path such as /api',
    fallback: '',
    accepts: (text) => /^(\/[A-Za-z0-9._~-]+)+$/.test(text),
  },
  GUICHET_TRUSTED_PROXIES: {
    about: 'Addresses whose forwarding headers count',
    wanted: 'addresses or networks, separated by commas: 10.0.0.1, 192.168.0.0/24',
    fallback: '',
    accepts: (text) => text.split(',').every((one) => /^[0-9A-Fa-f.:]+(\/\d{1,3})?$/.test(one.trim())),
  },
  GUICHET_TLS: {
    about: 'Serves HTTPS: with the certificate of `guichet cert`, or with a certificate file and a key file',
    wanted: 'local, or two files separated by a comma',
    fallback: '',
    accepts: (text) => parseTls(text) !== null,
  },
  GUICHET_REDIRECT_PORT: {
    about: 'TCP port whose plain HTTP is sent to HTTPS',
    wanted: '0 to 65535',
    fallback: '',
    accepts: isPort,
  },
  GUICHET_PLAIN_HTTP: {
    about: 'Lets a production server that people reach without TLS set cookies and take credentials',
    wanted: 'yes',
    fallback: '',
    accepts: isOneOf('yes'),
  },
  GUICHET_AUDIT: {
    about: 'Where audit records go',
    wanted: 'off, stdout or a file name',
    fallback: '',
    accepts: (text) => text.length > 0,
  },
  GUICHET_EMBEDDED_IN_PRODUCTION: {
    about: 'Accepts the embedded database in production, although it does not survive a power cut',
    wanted: 'yes',
    fallback: '',
    accepts: isOneOf('yes'),
  },
  LOG_LEVEL: {
    about: 'Least level of the log',
    wanted: 'debug, info, warn, error or silent',
    fallback: 'info',
    accepts: isOneOf('debug', 'info', 'warn', 'error', 'silent'),
  },
}

export interface SettingSources {
  /** The process environment, or what stands for it in a test. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Values of a configuration file (`--config`), by the same names. */
  readonly file: Readonly<Record<string, string | undefined>>
  /** Values given in code, already as text. */
  readonly code: Readonly<Partial<Record<SettingName, string>>>
}

export interface Settings {
  readonly values: Readonly<Record<SettingName, string>>
  readonly list: readonly Setting[]
  readonly mistakes: readonly ConfigMistake[]
}

/** Reads all settings: the environment wins over the file, the file over code, code over defaults. */
export function readSettings({ environment, file, code }: SettingSources, ownNames: readonly string[]): Settings {
  const list: Setting[] = []
  const mistakes: ConfigMistake[] = []
  const values: Partial<Record<SettingName, string>> = {}
  for (const [key, kind] of Object.entries(SETTING_KINDS)) {
    const name = key as SettingName // the keys of the table are the names
    const setting = pick(name, { environment, file, code })
    if (setting.source !== 'default' && !kind.accepts(setting.value)) {
      const current = setting.isSecret ? '(secret)' : setting.value
      mistakes.push({
        where: `${name} (${setting.source})`,
        problem: 'the value is not accepted',
        current,
        wanted: kind.wanted,
      })
    }
    values[name] = setting.value
    list.push(setting)
  }
  return {
    values: values as Record<SettingName, string>, // every name of the table got its value above
    list,
    mistakes: [...mistakes, ...unknownKeys(environment, file, ownNames)],
  }
}

function pick(name: SettingName, { environment, file, code }: SettingSources): Setting {
  const kind: SettingKind = SETTING_KINDS[name]
  const isSecret = kind.isSecret === true
  const fromEnvironment = environment[name]
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return { name, value: fromEnvironment, source: 'environment', isSecret }
  }
  const fromFile = file[name]
  if (fromFile !== undefined) return { name, value: fromFile, source: 'file', isSecret }
  const fromCode = code[name]
  if (fromCode !== undefined) return { name, value: fromCode, source: 'code', isSecret }
  return { name, value: kind.fallback, source: 'default', isSecret }
}

/** A misspelt key changes nothing silently: those of ours in the environment, and all of a file, must be known. */
function unknownKeys(
  environment: SettingSources['environment'],
  file: SettingSources['file'],
  ownNames: readonly string[],
): readonly ConfigMistake[] {
  const known = new Set<string>([...Object.keys(SETTING_KINDS), ...ownNames, ...TOOL_NAMES])
  const wanted = [...Object.keys(SETTING_KINDS), ...ownNames].join(', ')
  const inEnvironment = Object.keys(environment).filter((name) => name.startsWith('GUICHET_') && !known.has(name))
  const inFile = Object.keys(file).filter((name) => !known.has(name))
  return [
    ...inEnvironment.map((name) => ({
      where: `${name} (environment)`,
      problem: 'there is no such configuration key',
      wanted,
    })),
    ...inFile.map((name) => ({ where: `${name} (file)`, problem: 'there is no such configuration key', wanted })),
  ]
}

/** Read by the test client and by the checks of the repository, not by an app. */
const TOOL_NAMES = ['GUICHET_TEST_URL', 'GUICHET_SHARED']
