/** Why files of a form were not taken. */
export type FileProblem =
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-few'; readonly countMin: number }
  | { readonly kind: 'too-many'; readonly countMax: number }
  | { readonly kind: 'too-large'; readonly bytesMax: number }
  | { readonly kind: 'wrong-type'; readonly types: readonly string[] }
  /** The first bytes, or the extension of the name, are not those of the type that was claimed. */
  | { readonly kind: 'contradicts-type'; readonly type: string }

/** What a form is given instead of files that were not taken, so that its page can say why. */
export class RefusedFile {
  readonly problem: FileProblem

  constructor(problem: FileProblem) {
    this.problem = problem
  }
}
