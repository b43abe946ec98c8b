import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { CertificateFiles } from '../tls-contexts.ts'
import { makeSelfSigned } from './self-signed.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-tls-'))
after(() => rmSync(folder, { recursive: true }))

/** Files of a certificate for these names, signed by itself; writing it again under its name replaces it. */
export function writeCertificate(name: string, names: readonly string[]): CertificateFiles {
  const { cert, key } = makeSelfSigned(names, Date.now())
  const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) }
  writeFileSync(files.certFile, cert)
  writeFileSync(files.keyFile, key)
  return files
}

export function connectTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // The certificate is our own; who signed it is not what is tested.
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => resolve(socket))
    socket.once('error', reject)
  })
}
