import { isBlocked } from './blocklist.ts'

/** Gives what is wrong with a new password in words for its owner, or null. */
export type PasswordCheck = (password: string) => string | null | readonly string[]

export interface PasswordPolicyOptions {
  /** Characters that a new password needs: 15 by default (NIST SP 800-63B-4 section 3.1.1.2, password alone). */
  readonly lengthMin?: number
  /** Refuses well-known passwords; true by default. */
  readonly blocklist?: boolean
  /** Names that a password must not consist of: the app's, the company's. */
  readonly words?: readonly string[]
  /** Further checks, all of them. */
  readonly check?: PasswordCheck | readonly PasswordCheck[]
}

export const PASSWORD_LENGTH_MIN = 15

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for: RFC 7617 forbids them
const CONTROL = /[\u0000-\u001f\u007f]/

/**
 * Compiles the rules for new passwords; the result gives all mistakes of one, none when it is good. There are no
 * composition rules (NIST SP 800-63B-4). `bytesMax` counts UTF-8.
 */
export function createPasswordPolicy(
  options: PasswordPolicyOptions,
  bytesMax: number,
): (password: string) => readonly string[] {
  const lengthMin = options.lengthMin ?? PASSWORD_LENGTH_MIN
  const words = new Set((options.words ?? []).map(letters).filter((word) => word !== ''))
  const checks = options.check === undefined ? [] : [options.check].flat()
  return (password) => {
    if (Buffer.byteLength(password) > bytesMax) return [`the password is too long: at most ${bytesMax} bytes`]
    const mistakes: string[] = []
    const length = Array.from(password).length
    if (length < lengthMin) {
      mistakes.push(`the password is too short: ${length} characters, at least ${lengthMin} needed`)
    }
    if (CONTROL.test(password)) mistakes.push('the password has a control character')
    if (options.blocklist !== false && isBlocked(password)) mistakes.push('the password is too well known')
    if (words.has(letters(password))) mistakes.push('the password is a name that others would try')
    for (const check of checks) mistakes.push(...[check(password) ?? []].flat())
    return mistakes
  }
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, '')
}
