import type { Limits } from '../core/limits.ts'
import type { Outcome } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import type { PasswordService } from '../core/services.ts'
import { createArgon2, type Argon2Options } from './argon2.ts'
import { createBcrypt, type BcryptOptions } from './bcrypt.ts'
import type { HashAlgorithm } from './hash-algorithm.ts'
import { HashQueue } from './hash-queue.ts'
import { createPasswordPolicy, type PasswordPolicyOptions } from './password-policy.ts'
import { createScrypt, type ScryptOptions } from './scrypt.ts'

/** What an app says about its passwords. */
export interface PasswordSettings extends PasswordPolicyOptions {
  /** How new passwords are hashed: argon2id by default. All three are always verified. */
  readonly algorithm?: 'argon2id' | 'bcrypt' | 'scrypt'
  /** Parameters of the algorithms; none below the least that is accepted. */
  readonly argon2?: Argon2Options
  readonly bcrypt?: BcryptOptions
  readonly scrypt?: ScryptOptions
}

export interface PasswordsOptions extends PasswordSettings {
  readonly limits: Pick<Limits, 'hashesMax' | 'hashQueueMax' | 'passwordBytesMax'>
}

/**
 * Makes the service that checks, hashes and verifies passwords on libuv's thread pool, a few at a time. Throws a
 * `RangeError` on parameters below the least that is accepted.
 */
export function createPasswords(options: PasswordsOptions): PasswordService {
  return new Passwords(options)
}

class Passwords implements PasswordService {
  readonly check: (password: string) => readonly string[]
  readonly #algorithms: readonly HashAlgorithm[]
  readonly #today: HashAlgorithm
  readonly #queue: HashQueue
  readonly #bytesMax: number
  /** What an unknown login is verified against; takes the form of the last real hash, so that both cost the same. */
  #dummy: { readonly algorithm: HashAlgorithm; readonly form: string; readonly hash: string }

  constructor(options: PasswordsOptions) {
    this.#algorithms = [createArgon2(options.argon2), createBcrypt(options.bcrypt), createScrypt(options.scrypt)]
    const name = options.algorithm ?? 'argon2id'
    const today = this.#algorithms.find((algorithm) => algorithm.name === name)
    if (today === undefined) throw new RangeError(`Cannot hash with "${name}": wanted argon2id, bcrypt or scrypt`)
    const { hashesMax, hashQueueMax, passwordBytesMax } = options.limits
    this.#today = today
    this.#bytesMax = passwordBytesMax
    this.#queue = new HashQueue({ runningMax: hashesMax, waitingMax: hashQueueMax })
    const check = createPasswordPolicy(options, Math.min(passwordBytesMax, today.passwordBytesMax))
    // Nobody makes us normalize a megabyte.
    this.check = (password) => check(password.length > passwordBytesMax ? password : normalize(password))
    const hash = today.imitate()
    this.#dummy = { algorithm: today, form: formOf(hash), hash }
  }

  async ready(): Promise<void> {
    await this.#today.ready?.()
  }

  async hash(password: string): Promise<Outcome<string>> {
    const mistakes = this.check(password)
    if (mistakes.length > 0) return new Refusal('AUTHN_WEAK_PASSWORD', { message: mistakes.join('; ') })
    return this.rehash(password)
  }

  rehash(password: string): Promise<Outcome<string>> {
    const normal = normalize(password)
    return this.#queue.run(() => this.#today.hash(normal))
  }

  async verify(password: string, hash: string | null): Promise<Outcome<boolean>> {
    // No such password can have been set. A hash all the same: the time would tell who is known.
    const isTooLong = password.length > this.#bytesMax || Buffer.byteLength(password) > this.#bytesMax
    const normal = isTooLong ? '' : normalize(password)
    const algorithm = hash === null || isTooLong ? undefined : this.#algorithms.find((one) => one.isHash(hash))
    if (hash === null || algorithm === undefined) {
      const outcome = await this.#queue.run(() => this.#dummy.algorithm.verify(normal, this.#dummy.hash))
      return outcome instanceof Refusal ? outcome : false
    }
    this.#learn(algorithm, hash)
    return this.#queue.run(() => algorithm.verify(normal, hash))
  }

  needsRehash(hash: string): boolean {
    return !this.#today.isHash(hash) || this.#today.isWeak(hash)
  }

  #learn(algorithm: HashAlgorithm, hash: string): void {
    const form = formOf(hash)
    if (form !== this.#dummy.form) this.#dummy = { algorithm, form, hash: algorithm.imitate(hash) }
  }
}

/** Algorithm and parameters of a hash, without its salt and digest. */
function formOf(hash: string): string {
  return hash.startsWith('$2') ? hash.slice(0, 7) : hash.slice(0, hash.lastIndexOf('$', hash.lastIndexOf('$') - 1))
}

/** One spelling of each character (RFC 8265 section 4.2, NFC), so that two keyboards give one password. */
function normalize(password: string): string {
  return password.normalize('NFC')
}
