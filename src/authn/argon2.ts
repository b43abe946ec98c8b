import { randomBytes } from 'node:crypto'
import type * as Argon2 from '@node-rs/argon2'
import type { HashAlgorithm } from './hash-algorithm.ts'

export interface Argon2Options {
  /** Memory of one hash in KiB; 19456 at least. */
  readonly memoryKib?: number
  /** Passes over the memory; 2 at least. */
  readonly passes?: number
  /** Threads of one hash; 1 by default. */
  readonly threads?: number
}

/** The least that is accepted, also the default (OWASP, RFC 9106 section 4 scaled to a shared server). */
const ARGON2_MIN = { memoryKib: 19_456, passes: 2, threads: 1 } as const

const PHC = /^\$argon2(id|i|d)\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
/** Loaded when an app has passwords: an app without pays nothing for it at its start. */
const load = (): Promise<typeof Argon2> => import('@node-rs/argon2')

// The package declares its enum `const`, which isolated modules cannot read: 2 is Argon2id.
const ARGON2ID = 2
const ARGON2_VERSION = 19

/** Argon2id (RFC 9106), hashes as PHC text `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export function createArgon2(options: Argon2Options = {}): HashAlgorithm {
  const memoryKib = options.memoryKib ?? ARGON2_MIN.memoryKib
  const passes = options.passes ?? ARGON2_MIN.passes
  const threads = options.threads ?? ARGON2_MIN.threads
  if (memoryKib < ARGON2_MIN.memoryKib || passes < ARGON2_MIN.passes || threads < 1) {
    throw new RangeError(
      `Cannot hash with argon2id: m=${memoryKib},t=${passes},p=${threads}, wanted at least m=19456,t=2,p=1`,
    )
  }
  const native = { algorithm: ARGON2ID, memoryCost: memoryKib, timeCost: passes, parallelism: threads }
  const prefix = `$argon2id$v=${ARGON2_VERSION}$m=${memoryKib},t=${passes},p=${threads}$`
  return {
    name: 'argon2id',
    passwordBytesMax: Number.POSITIVE_INFINITY,
    isHash: (text) => PHC.test(text),
    ready: load,
    hash: async (password) => (await load()).hash(password, native),
    verify: async (password, text) => PHC.test(text) && (await load()).verify(text, password),
    isWeak: (text) => {
      const found = PHC.exec(text)
      if (found === null) return true
      const [, kind, version, m, t] = found
      return kind !== 'id' || Number(version) < ARGON2_VERSION || Number(m) < memoryKib || Number(t) < passes
    },
    imitate: (text) => imitateArgon2(text === undefined ? null : PHC.exec(text), prefix),
  }
}

function imitateArgon2(found: RegExpExecArray | null, prefix: string): string {
  if (found === null) return `${prefix}${randomText(22)}$${randomText(43)}`
  const [, kind, version, m, t, p, salt = '', digest = ''] = found
  return `$argon2${kind}$v=${version}$m=${m},t=${t},p=${p}$${randomText(salt.length)}$${randomText(digest.length)}`
}

/** Unpadded canonical base64 of `length` characters: what is left over of the last byte is zero. */
function randomText(length: number): string {
  return randomBytes(Math.floor((length * 3) / 4))
    .toString('base64')
    .replace(/=+$/, '')
}
