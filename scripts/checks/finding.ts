/** Something that a check does not accept. */
export interface Finding {
  /** `file` or `file:line`, relative to the root. */
  readonly where: string
  /** What is wrong and what to do about it. */
  readonly what: string
}

/** One of the repository's own checks. */
export interface Check {
  /** The word for `npm run ok NAME`. */
  readonly name: string
  /** What holds when it finds nothing: a sentence for the one line that it prints then. */
  readonly promise: string
  run(root: string): Promise<readonly Finding[]> | readonly Finding[]
}
