/** One way to turn a password into a stored text, and back to a yes or no. */
export interface HashAlgorithm {
  readonly name: 'argon2id' | 'bcrypt' | 'scrypt'
  /** Bytes of a password beyond which it would be cut, and is refused when it is new. */
  readonly passwordBytesMax: number
  /** Loads the package that it needs, if any. */
  ready?(): Promise<unknown>
  /** True when the text is a hash of this algorithm. */
  isHash(text: string): boolean
  /** Runs on libuv's thread pool. */
  hash(password: string): Promise<string>
  /** Runs on libuv's thread pool; false on a malformed hash. */
  verify(password: string, hash: string): Promise<boolean>
  /** True when the hash was made with weaker parameters than today's. */
  isWeak(hash: string): boolean
  /** A hash of nothing with the parameters of `hash`, or today's: verifying against it costs the same time. */
  imitate(hash?: string): string
}
