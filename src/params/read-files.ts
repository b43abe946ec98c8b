import { type FileProblem, RefusedFile } from '../core/file-problem.ts'
import type { ErrorList } from './error-list.ts'
import { type FileParam, isTypeTaken, sayFileProblem } from './file-param.ts'
import type { ParsedBody } from './parsed-body.ts'
import type { UploadedFile } from './uploaded-file.ts'

export interface FoundFiles {
  /** The files of the field, and why others of it were not kept while the body was read. */
  readonly files: readonly UploadedFile[]
  readonly problem: FileProblem | null
  readonly errors: ErrorList
}

export function findFiles(body: ParsedBody | null, wireName: string, errors: ErrorList): FoundFiles {
  return { files: body?.files.get(wireName) ?? [], problem: body?.fileProblems.get(wireName) ?? null, errors }
}

/** Gives the files of one field as its parameter wants them. Their sizes were bounded while they were read. */
export function readFiles(name: string, param: FileParam<unknown> | null, found: FoundFiles): unknown {
  if (param === null) return undefined
  const problem = found.problem ?? findProblem(param, found.files)
  if (problem !== null) {
    if (param.givesProblems) return new RefusedFile(problem)
    found.errors.add(name, sayFileProblem(problem))
    return undefined
  }
  const result = param.schema['~standard'].validate(found.files)
  return result instanceof Promise || result.issues !== undefined ? undefined : result.value
}

function findProblem({ count, types }: FileParam<unknown>, files: readonly UploadedFile[]): FileProblem | null {
  const { countMin, countMax } = count
  if (files.length > countMax) return { kind: 'too-many', countMax }
  if (files.length < countMin) return files.length === 0 ? { kind: 'missing' } : { kind: 'too-few', countMin }
  return files.every(({ type }) => isTypeTaken(types, type)) ? null : { kind: 'wrong-type', types }
}
