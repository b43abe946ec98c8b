import type { ErrorList } from './error-list.ts'
import type { FileParam } from './file-param.ts'
import type { UploadedFile } from './uploaded-file.ts'

export interface FoundFiles {
  readonly files: readonly UploadedFile[]
  readonly errors: ErrorList
}

/** Gives the files of one field as its parameter wants them. Their sizes were bounded while they were read. */
export function readFiles(name: string, param: FileParam<unknown> | null, { files, errors }: FoundFiles): unknown {
  if (param === null) return undefined
  const { countMin, countMax } = param.count
  if (files.length > countMax) {
    errors.add(name, countMax === 1 ? 'is given more than once' : `has more than ${countMax} files`)
    return undefined
  }
  if (files.length < countMin) {
    errors.add(name, files.length === 0 ? 'is missing' : `has fewer than ${countMin} files`)
    return undefined
  }
  for (const { type } of files) {
    if (!isTypeTaken(param.types, type)) errors.add(name, `must be ${param.types.join(' or ')}`)
  }
  const result = param.schema['~standard'].validate(files)
  return result instanceof Promise || result.issues !== undefined ? undefined : result.value
}

function isTypeTaken(types: readonly string[], type: string): boolean {
  if (types.length === 0) return true
  return types.some((taken) => taken === type || (taken.endsWith('/*') && type.startsWith(taken.slice(0, -1))))
}
