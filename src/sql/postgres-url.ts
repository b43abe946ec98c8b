import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { ConfigError } from '../core/config-error.ts'

/** A URL of a PostgreSQL server, cut into what the client takes. */
export interface PostgresAddress {
  /** Without the parameters below. */
  readonly url: string
  /** Directory of a Unix socket, or a host, where the URL names it as a parameter (`?host=/run/postgresql`). */
  readonly host: string | null
  readonly ssl: PostgresTls
}

/** `false`: none; `prefer` and `require`: encrypted, the server not checked; an object: checked. */
export type PostgresTls = false | 'prefer' | 'require' | Readonly<ConnectionOptions>

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']
const OWN = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host']

/**
 * Reads `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=ca.pem` (PostgreSQL manual,
 * section 34.1). Without `sslmode`: `prefer` for another machine, none for this one. Throws a `ConfigError` on an
 * unknown mode or a certificate that cannot be read.
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  const [base = '', query = ''] = text.split(/\?(.*)/s, 2)
  const parameters = new URLSearchParams(query)
  const host = parameters.get('host')
  const name = host ?? readHost(base)
  const ssl = readTls(parameters, name)
  for (const name of OWN) parameters.delete(name)
  return { url: parameters.size === 0 ? base : `${base}?${parameters.toString()}`, host, ssl }
}

function readHost(base: string): string {
  const name = /^[^:]*:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(base)?.[1] ?? ''
  return name.replace(/^\[|\]$/g, '')
}

function isLocal(name: string): boolean {
  return name === '' || name.startsWith('/') || /^(?:localhost|127\.[\d.]+|::1)$/.test(name)
}

function readTls(parameters: URLSearchParams, host: string): PostgresTls {
  const rootFile = parameters.get('sslrootcert')
  const mode = parameters.get('sslmode') ?? (rootFile === null ? (isLocal(host) ? 'disable' : 'prefer') : 'verify-full')
  if (!MODES.includes(mode)) throw mistake('sslmode', mode, MODES.join(', '))
  if (mode === 'disable') return false
  if (mode === 'allow' || mode === 'prefer') return 'prefer'
  const client = readClientCertificate(parameters)
  if (mode === 'require' && rootFile === null)
    return client === null ? 'require' : { ...client, rejectUnauthorized: false }
  return {
    ...client,
    ...(rootFile === null || rootFile === 'system' ? {} : { ca: readPem('sslrootcert', rootFile) }),
    rejectUnauthorized: true,
    // `verify-full` compares the certificate with the host of the URL; Node would take "localhost" for an address.
    // Any other mode trusts every name that the authority signed for.
    ...(mode === 'verify-full' ? { host } : { checkServerIdentity: () => undefined }),
  }
}

function readClientCertificate(parameters: URLSearchParams): { readonly cert: string; readonly key: string } | null {
  const cert = parameters.get('sslcert')
  const key = parameters.get('sslkey')
  if (cert === null && key === null) return null
  if (cert === null || key === null) throw mistake('sslcert and sslkey', 'one of them', 'both')
  return { cert: readPem('sslcert', cert), key: readPem('sslkey', key) }
}

function readPem(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw mistake(name, file, 'a file that can be read')
  }
}

function mistake(name: string, current: string, wanted: string): ConfigError {
  return new ConfigError([{ where: `DATABASE_URL, ${name}`, problem: 'the value cannot be used', current, wanted }])
}
