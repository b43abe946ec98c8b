import type { FileProblem, RefusedFile } from '../core/file-problem.ts'
import type { PlacedParam, Schema, SchemaResult, UploadParam } from '../core/params.ts'
import type { Limits } from '../core/limits.ts'
import type { FileClaim, UploadedFile } from './uploaded-file.ts'

export interface FileOptions {
  /** Bytes of one file; the limit `fileBytesMax` by default. */
  readonly bytesMax?: number
  /** Media types that are taken (`image/png`, `image/*`); any by default. The first bytes of known types are checked. */
  readonly types?: readonly string[]
  /**
   * Takes the bytes as they come instead of a temporary file, no faster than it reads them; what it gives is `result`
   * of the file. The other parameters are not checked yet, and the call may still be refused.
   */
  readonly to?: (bytes: AsyncIterable<Uint8Array>, claim: FileClaim) => Promise<unknown>
}

export interface FileCount {
  readonly countMin: number
  readonly countMax: number
}

/** A declared file: what `file()` and `files()` give. */
export class FileParam<Output> implements UploadParam<Output> {
  readonly '~place' = 'file' as const
  readonly name = null
  readonly schema: Schema<Output>
  /** Null: the limit of the app. */
  readonly bytesMax: number | null
  readonly types: readonly string[]
  readonly to: NonNullable<FileOptions['to']> | null
  readonly count: FileCount
  /** True where a problem is a value for the handler, not a refusal. */
  readonly givesProblems: boolean
  readonly #options: FileOptions
  readonly #take: (files: readonly UploadedFile[]) => Output

  constructor(
    options: FileOptions & { readonly givesProblems?: boolean },
    count: FileCount,
    take: (files: readonly UploadedFile[]) => Output,
  ) {
    this.#options = options
    this.#take = take
    this.givesProblems = options.givesProblems ?? false
    this.bytesMax = options.bytesMax ?? null
    this.types = options.types ?? []
    this.to = options.to ?? null
    this.count = count
    const validate = (value: unknown): SchemaResult<Output> => {
      if (!Array.isArray(value)) return { issues: [{ message: 'expected a file' }] }
      return { value: take(value as readonly UploadedFile[]) } // only the binder makes lists of files
    }
    this.schema = { '~standard': { version: 1, vendor: 'guichet', validate } }
  }

  forForm(): PlacedParam<Output | RefusedFile> {
    return new FileParam<Output>({ ...this.#options, givesProblems: true }, this.count, this.#take)
  }
}

/** What the files of a route may be, by field: what the reader of a multipart body needs before it reads. */
export type FilePlan = ReadonlyMap<string, FileRules>

export interface FileRules {
  readonly bytesMax: number
  readonly types: readonly string[]
  readonly to: NonNullable<FileOptions['to']> | null
  readonly count: FileCount
  readonly givesProblems: boolean
}

/** True where a media type is one that is taken. */
export function isTypeTaken(types: readonly string[], type: string): boolean {
  if (types.length === 0) return true
  return types.some((taken) => taken === type || (taken.endsWith('/*') && type.startsWith(taken.slice(0, -1))))
}

/** What a message says after the name of the parameter. */
export function sayFileProblem(problem: FileProblem): string {
  switch (problem.kind) {
    case 'missing':
      return 'is missing'
    case 'too-few':
      return `has fewer than ${problem.countMin} files`
    case 'too-many':
      return problem.countMax === 1 ? 'is given more than once' : `has more than ${problem.countMax} files`
    case 'too-large':
      return `is too large: a file has at most ${problem.bytesMax} bytes`
    case 'wrong-type':
      return `must be ${problem.types.join(' or ')}`
    case 'contradicts-type':
      return `does not hold what its type says: ${problem.type}`
  }
}

/** Bytes that all files of a plan may have together, and those that are thrown away to show a form again. */
export function fileBytesMax(plan: FilePlan, { skippedFileBytesMax }: Limits): number {
  let bytes = 0
  let skippedBytes = 0
  for (const { bytesMax, count, givesProblems } of plan.values()) {
    bytes += bytesMax * count.countMax
    if (givesProblems) skippedBytes = skippedFileBytesMax
  }
  return bytes + skippedBytes
}

/** What is wrong with the options of a file. */
export function fileMistakes({ bytesMax, types, count }: FileParam<unknown>): readonly string[] {
  const mistakes: string[] = []
  if (bytesMax !== null && !(Number.isSafeInteger(bytesMax) && bytesMax > 0))
    mistakes.push(`bytesMax is ${bytesMax}, it must be 1 or more`)
  if (!(Number.isSafeInteger(count.countMax) && count.countMax > 0)) {
    mistakes.push(`countMax is ${count.countMax}, it must be 1 or more`)
  }
  if (!(count.countMin >= 0 && count.countMin <= count.countMax)) {
    mistakes.push(`countMin is ${count.countMin}, it must be between 0 and countMax`)
  }
  for (const type of types) {
    if (!/^[a-z0-9][a-z0-9!#$&^_.+-]*\/(?:[a-z0-9][a-z0-9!#$&^_.+-]*|\*)$/.test(type)) {
      mistakes.push(`"${type}" is not a media type such as image/png or image/*`)
    }
  }
  return mistakes
}
