import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { createAuthority, type KeyAndCertificate } from './certificates.ts'
import { CommandError } from './command.ts'

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
  if (known !== null && endOf(known, folder) - nowMs > 30 * DAY_MS) return { ...known, path, isNew: false }
  const made = await createAuthority({ owner: `${userInfo().username}@${hostname()}`, nowMs })
  await writePair(folder, [CERTIFICATE_FILE, KEY_FILE], made)
  return { ...made, path, isNew: true }
}

/** When the authority ends. One whose key is another signs what nobody accepts: that is told here, not by a browser. */
function endOf({ certificate, key }: KeyAndCertificate, folder: string): number {
  try {
    const parsed = new X509Certificate(certificate)
    if (parsed.checkPrivateKey(createPrivateKey(key))) return parsed.validToDate.getTime()
  } catch {
    // Said below: whatever the reason, the files cannot be used.
  }
  throw new CommandError(
    `Cannot use the authority in ${folder}: ${CERTIFICATE_FILE} and ${KEY_FILE} are damaged, or not of one pair. ` +
      'Remove both, and run this again: it makes a new authority, which has to be trusted anew.',
  )
}

async function readPair(folder: string): Promise<KeyAndCertificate | null> {
  try {
    const certificate = await readFile(join(folder, CERTIFICATE_FILE), 'utf8')
    return { certificate, key: await readFile(join(folder, KEY_FILE), 'utf8') }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw cannot(`Cannot read the authority in ${folder}`, error)
  }
}

function cannot(what: string, error: unknown): CommandError {
  return new CommandError(`${what}: ${error instanceof Error ? error.message : String(error)}`)
}

/** Writes both files, each at once, so that a server that watches them never reads half of one. The key comes first. */
export async function writePair(
  folder: string,
  [certificateFile, keyFile]: readonly [string, string],
  { certificate, key }: KeyAndCertificate,
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeWhole(join(folder, keyFile), key, 0o600)
    await writeWhole(join(folder, certificateFile), certificate, 0o644)
  } catch (error) {
    throw cannot(`Cannot write to ${folder}`, error)
  }
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, text, { mode })
  await rename(draft, path)
}
