import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError } from '../core/config-error.ts'
import type { CertificateFiles, TlsOptions } from '../listen/tls-contexts.ts'
import { normalizeHost } from '../route/hosts.ts'
import type { AppDefinition } from './guichet.ts'

/**
 * The certificate of an app: the one that `guichet cert` made, or files from elsewhere, from the app's own folder. A
 * host may have one of its own: `app.host(name, module, { certificate })`.
 */
export type AppTls = 'local' | AppTlsFiles

export interface AppTlsFiles extends CertificateFiles {
  /** How often the files are looked at for a change; a minute by default. */
  readonly reloadIntervalMs?: number
}

/** Where `guichet cert` writes and `tls: 'local'` reads, for an app in `directory`. */
export function localTls(directory: string): CertificateFiles & { readonly folder: string } {
  return { folder: join(directory, '.guichet', 'tls'), certFile: 'certificate.pem', keyFile: 'key.pem' }
}

/** Reads `GUICHET_TLS`: `local`, or a certificate file and a key file separated by a comma; null for anything else. */
export function parseTls(text: string): AppTls | null {
  if (text === 'local') return 'local'
  const [certFile, keyFile, ...more] = text.split(',').map((part) => part.trim())
  return certFile && keyFile && more.length === 0 ? { certFile, keyFile } : null
}

/** The files for a listener. Throws a `ConfigError` where `guichet cert` was not run yet. */
export function resolveTls(tls: AppTls, { directory, hosts }: Pick<AppDefinition, 'directory' | 'hosts'>): TlsOptions {
  if (tls !== 'local') {
    const own = hosts.flatMap(({ pattern, certificate }) =>
      certificate === undefined ? [] : [[normalizeHost(pattern), resolveFiles(certificate, directory)] as const],
    )
    const { reloadIntervalMs } = tls
    return { ...resolveFiles(tls, directory), hosts: Object.fromEntries(own), reloadIntervalMs }
  }
  const { folder, certFile, keyFile } = localTls(directory)
  const files = { certFile: join(folder, certFile), keyFile: join(folder, keyFile) }
  if (Object.values(files).every((file) => existsSync(file))) return files
  throw new ConfigError([
    { where: 'tls', problem: 'there is no local certificate yet', current: folder, wanted: 'run: guichet cert app.ts' },
  ])
}

function resolveFiles({ certFile, keyFile }: CertificateFiles, directory: string): CertificateFiles {
  return { certFile: resolve(directory, certFile), keyFile: resolve(directory, keyFile) }
}
