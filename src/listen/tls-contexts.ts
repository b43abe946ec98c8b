import { constants } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { ConfigError, type ConfigMistake } from '../core/config-error.ts'

/** A certificate with its chain, and its key, as PEM files. */
export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** What a secure context is made of. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
  readonly minVersion: 'TLSv1.2'
  readonly ciphers: string
  readonly honorCipherOrder: true
  readonly secureOptions: number
}

/** Those of TLS 1.3, and of 1.2 only what has forward secrecy and authenticates what it encrypts (RFC 9325 section 4.2). */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':')

export interface TlsOptions extends CertificateFiles {
  /** Certificates of further names, by server name in lower case; `*.example.org` stands for one label. */
  readonly hosts?: Readonly<Record<string, CertificateFiles>> | undefined
  /** Chooses a context by server name before `hosts` does; null for no choice. */
  readonly chooseContext?: ((serverName: string) => SecureContext | null) | undefined
  /** How often the files are looked at for a change; a minute by default. */
  readonly reloadIntervalMs?: number | undefined
}

const RELOAD_INTERVAL_MS = 60_000

/** The certificates of a listener, loaded again when their files change. Throws a `ConfigError` when one cannot be. */
export class TlsContexts {
  readonly #options: TlsOptions
  readonly #log: (message: string, error: unknown) => void
  readonly #timer: NodeJS.Timeout
  readonly #main: LoadedContext
  readonly #hosts: ReadonlyMap<string, LoadedContext>

  constructor(options: TlsOptions, log: (message: string, error: unknown) => void) {
    this.#options = options
    this.#log = log
    const mistakes: ConfigMistake[] = []
    const load = (where: string, files: CertificateFiles): LoadedContext | null => {
      try {
        return new LoadedContext(files)
      } catch (error) {
        mistakes.push(mistakeOf(where, files, error))
        return null
      }
    }
    const main = load('tls', options)
    const hosts = new Map<string, LoadedContext>()
    for (const [name, files] of Object.entries(options.hosts ?? {})) {
      const loaded = load(`tls, host ${name}`, files)
      if (loaded !== null) hosts.set(name.toLowerCase(), loaded)
    }
    if (main === null || mistakes.length > 0) throw new ConfigError(mistakes)
    this.#main = main
    this.#hosts = hosts
    this.#timer = setInterval(() => this.reload(), options.reloadIntervalMs ?? RELOAD_INTERVAL_MS)
    this.#timer.unref()
  }

  /** The certificate for peers that name no server; the same object as long as it did not change. */
  get main(): Certificate {
    return this.#main.certificate
  }

  choose(serverName: string): SecureContext {
    const name = serverName.toLowerCase()
    const chosen = this.#options.chooseContext?.(name) ?? null
    if (chosen !== null) return chosen
    const wildcard = `*${name.slice(Math.max(0, name.indexOf('.')))}`
    return (this.#hosts.get(name) ?? this.#hosts.get(wildcard) ?? this.#main).context
  }

  /** Loads what changed. Files that do not fit together (yet) change nothing, and are tried again the next time. */
  reload(): void {
    for (const loaded of [this.#main, ...this.#hosts.values()]) {
      try {
        loaded.refresh()
      } catch (error) {
        this.#log('Cannot load a changed certificate: the former one stays', error)
      }
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

class LoadedContext {
  certificate: Certificate
  context: SecureContext
  readonly #files: CertificateFiles
  #version: string

  constructor(files: CertificateFiles) {
    this.#files = files
    this.#version = versionOf(files)
    this.certificate = load(files)
    this.context = createSecureContext(this.certificate)
  }

  refresh(): void {
    const version = versionOf(this.#files)
    if (version === this.#version) return
    const certificate = load(this.#files)
    this.context = createSecureContext(certificate)
    this.certificate = certificate
    this.#version = version
  }
}

function mistakeOf(where: string, { certFile, keyFile }: CertificateFiles, error: unknown): ConfigMistake {
  return {
    where,
    problem: `the certificate cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    current: `${certFile}, ${keyFile}`,
    wanted: 'two PEM files, a certificate with its chain and its key',
  }
}

function versionOf({ certFile, keyFile }: CertificateFiles): string {
  return [certFile, keyFile]
    .map((file) => statSync(file))
    .map(({ mtimeMs, ino, size }) => `${mtimeMs}/${ino}/${size}`)
    .join()
}

function load({ certFile, keyFile }: CertificateFiles): Certificate {
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)]
  // In TLS 1.2 a peer could have one connection do the costly part of the handshake over and over.
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION
  return { cert, key, minVersion: 'TLSv1.2', ciphers: CIPHERS, honorCipherOrder: true, secureOptions }
}
