import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { createAuthority, type KeyAndCertificate } from './certificates.ts'

const DAY_MS = 86_400_000
const CERTIFICATE_FILE = 'authority.pem'
const KEY_FILE = 'authority-key.pem'

/** Where the authority of this person is kept: one for all projects, so that it is trusted once. */
export function authorityFolder(environment: Readonly<Record<string, string | undefined>>, system: string): string {
  const home = environment['HOME'] ?? homedir()
  if (system === 'win32') return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'guichet')
  if (system === 'darwin') return join(home, 'Library', 'Application Support', 'guichet')
  return join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'guichet')
}

export interface KeptAuthority extends KeyAndCertificate {
  /** Path of its certificate. */
  readonly path: string
  /** True when it was made now: no system trusts it yet. */
  readonly isNew: boolean
}

/** The authority in `folder`; makes one where there is none, or where it ends within 30 days. */
export async function openAuthority(folder: string, nowMs: number): Promise<KeptAuthority> {
  const path = join(folder, CERTIFICATE_FILE)
  const known = await readPair(folder)
  if (known !== null && new X509Certificate(known.certificate).validToDate.getTime() - nowMs > 30 * DAY_MS) {
    return { ...known, path, isNew: false }
  }
  const made = await createAuthority({ owner: `${userInfo().username}@${hostname()}`, nowMs })
  await writePair(folder, [CERTIFICATE_FILE, KEY_FILE], made)
  return { ...made, path, isNew: true }
}

async function readPair(folder: string): Promise<KeyAndCertificate | null> {
  try {
    const certificate = await readFile(join(folder, CERTIFICATE_FILE), 'utf8')
    return { certificate, key: await readFile(join(folder, KEY_FILE), 'utf8') }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Writes both files, each at once, so that a server that watches them never reads half of one. The key comes first. */
export async function writePair(
  folder: string,
  [certificateFile, keyFile]: readonly [string, string],
  { certificate, key }: KeyAndCertificate,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeWhole(join(folder, keyFile), key, 0o600)
  await writeWhole(join(folder, certificateFile), certificate, 0o644)
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, text, { mode })
  await rename(draft, path)
}
