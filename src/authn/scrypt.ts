import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions as NodeScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashAlgorithm } from './hash-algorithm.ts'

export interface ScryptOptions {
  /** Base-2 logarithm of the cost N; 17 by default and at least. */
  readonly logCost?: number
  /** Block size r; 8 by default. */
  readonly blockSize?: number
  /** Parallelization p; 1 by default. */
  readonly threads?: number
}

const LOG_COST_MIN = 17
const LOG_COST_MAX = 20
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{2,86})\$([A-Za-z0-9+/]{2,86})$/

const deriveKey = promisify<string, Buffer, number, NodeScryptOptions, Buffer>(scrypt)

interface ScryptHash {
  readonly logCost: number
  readonly blockSize: number
  readonly threads: number
  readonly salt: Buffer
  readonly digest: Buffer
}

/** Scrypt (RFC 7914), hashes as PHC text `$scrypt$ln=…,r=…,p=…$salt$hash`. */
export function createScrypt(options: ScryptOptions = {}): HashAlgorithm {
  const logCost = options.logCost ?? LOG_COST_MIN
  const today = { logCost, blockSize: options.blockSize ?? 8, threads: options.threads ?? 1 }
  if (logCost < LOG_COST_MIN || logCost > LOG_COST_MAX || today.blockSize < 8) {
    throw new RangeError(`Cannot hash with scrypt: ln=${logCost},r=${today.blockSize}, wanted ln 17 to 20 and r 8`)
  }
  return {
    name: 'scrypt',
    passwordBytesMax: Number.POSITIVE_INFINITY,
    isHash: (text) => parseScrypt(text) !== null,
    hash: async (password) => {
      const salt = randomBytes(16)
      return formatScrypt({ ...today, salt, digest: await derive(password, { ...today, salt }, 32) })
    },
    verify: async (password, text) => {
      const found = parseScrypt(text)
      if (found === null) return false
      return timingSafeEqual(await derive(password, found, found.digest.length), found.digest)
    },
    isWeak: (text) => {
      const found = parseScrypt(text)
      return found === null || found.logCost < logCost || found.blockSize < today.blockSize
    },
    imitate: (text) => {
      const found = text === undefined ? null : parseScrypt(text)
      const salt = randomBytes(found?.salt.length ?? 16)
      return formatScrypt({ ...(found ?? today), salt, digest: randomBytes(found?.digest.length ?? 32) })
    },
  }
}

function parseScrypt(text: string): ScryptHash | null {
  const found = PHC.exec(text)
  if (found === null) return null
  const [, ln, r, p, salt = '', digest = ''] = found
  const logCost = Number(ln)
  // A stored hash must not be able to ask for any amount of memory.
  if (logCost < 1 || logCost > LOG_COST_MAX || Number(r) < 1 || Number(p) < 1) return null
  return {
    logCost,
    blockSize: Number(r),
    threads: Number(p),
    salt: Buffer.from(salt, 'base64'),
    digest: Buffer.from(digest, 'base64'),
  }
}

function formatScrypt({ logCost, blockSize, threads, salt, digest }: ScryptHash): string {
  return `$scrypt$ln=${logCost},r=${blockSize},p=${threads}$${unpadded(salt)}$${unpadded(digest)}`
}

function derive(password: string, hash: Omit<ScryptHash, 'digest'>, digestBytes: number): Promise<Buffer> {
  const N = 2 ** hash.logCost
  const maxmem = 128 * N * hash.blockSize + 128 * hash.blockSize * hash.threads + 1024 * 1024
  return deriveKey(password, hash.salt, digestBytes, { N, r: hash.blockSize, p: hash.threads, maxmem })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
