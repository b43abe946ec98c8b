import { randomBytes, randomInt } from 'node:crypto'
import type * as Bcrypt from '@node-rs/bcrypt'
import type { HashAlgorithm } from './hash-algorithm.ts'

export interface BcryptOptions {
  /** Base-2 logarithm of the rounds, 10 to 31; 12 by default. */
  readonly cost?: number
}

const BCRYPT_COST_MIN = 10
const BCRYPT_COST_MAX = 31
const BCRYPT_COST_DEFAULT = 12
/** Bcrypt ignores what comes after (Provos and Mazières, 1999). */
const BCRYPT_PASSWORD_BYTES_MAX = 72

/** Loaded when it is first used: most apps never do. */
const load = (): Promise<typeof Bcrypt> => import('@node-rs/bcrypt')

const MODULAR = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** Bcrypt, hashes as `$2b$cost$salt-and-hash`; `2a` and `2y` are verified too. */
export function createBcrypt(options: BcryptOptions = {}): HashAlgorithm {
  const cost = options.cost ?? BCRYPT_COST_DEFAULT
  if (!Number.isInteger(cost) || cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX) {
    throw new RangeError(`Cannot hash with bcrypt: cost ${cost}, wanted ${BCRYPT_COST_MIN} to ${BCRYPT_COST_MAX}`)
  }
  return {
    name: 'bcrypt',
    passwordBytesMax: BCRYPT_PASSWORD_BYTES_MAX,
    isHash: (text) => MODULAR.test(text),
    ready: load,
    hash: async (password) => (await load()).hash(password, { cost, version: '2b' }),
    verify: async (password, text) => MODULAR.test(text) && (await load()).verify(password, text),
    isWeak: (text) => Number(MODULAR.exec(text)?.[1] ?? 0) < cost,
    imitate: (text) => {
      const found = text === undefined ? null : MODULAR.exec(text)
      const rounds = found === null ? cost : Number(found[1])
      return `$2b$${String(rounds).padStart(2, '0')}$${randomSalt()}${randomDigest()}`
    },
  }
}

const BCRYPT_DIGITS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** 22 digits stand for 16 bytes: the last one has four bits that are always zero. */
function randomSalt(): string {
  const digits = Array.from(randomBytes(22), (byte) => BCRYPT_DIGITS.charAt(byte & 63))
  return `${digits.slice(0, 21).join('')}${'.Oeu'.charAt(randomInt(4))}`
}

/** 31 digits stand for 23 bytes: the last one has two bits that are always zero. */
function randomDigest(): string {
  const digits = Array.from(randomBytes(31), (byte) => BCRYPT_DIGITS.charAt(byte & 63))
  return `${digits.slice(0, 30).join('')}.`
}
