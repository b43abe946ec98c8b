import type { PlacedParam, Schema, UploadParam } from '../core/params.ts'
import { FileParam, type FileOptions } from './file-param.ts'
import type { UploadedFile } from './uploaded-file.ts'

/**
 * A parameter from a header: `header('If-Unmodified-Since', z.string())`. For a schema of a list, the value is taken
 * apart at its commas.
 */
export function header<Output>(name: string, schema: Schema<Output>): PlacedParam<Output> {
  return { '~place': 'header', name: name.toLowerCase(), schema }
}

/** A parameter from a cookie: `cookie('lang', z.enum(['en', 'fr']).default('en'))`. */
export function cookie<Output>(name: string, schema: Schema<Output>): PlacedParam<Output> {
  return { '~place': 'cookie', name, schema }
}

/** The whole body as one value: `{ order: body(z.object({ … })) }`. A JSON body may then be a list or a scalar too. */
export function body<Output>(schema: Schema<Output>): PlacedParam<Output> {
  return { '~place': 'body', name: null, schema }
}

/** A file of a multipart body: `{ picture: file({ types: ['image/png'], bytesMax: 1e6 }) }`. */
export function file(options?: FileOptions & { readonly isOptional?: false }): UploadParam<UploadedFile>
export function file(options: FileOptions & { readonly isOptional: boolean }): UploadParam<UploadedFile | undefined>
export function file(
  options: FileOptions & { readonly isOptional?: boolean } = {},
): UploadParam<UploadedFile | undefined> {
  return new FileParam(options, { countMin: options.isOptional === true ? 0 : 1, countMax: 1 }, takeOne)
}

/** Several files of one field: `{ pictures: files({ countMax: 10 }) }`. */
export function files(
  options: FileOptions & { readonly countMax: number; readonly countMin?: number },
): UploadParam<readonly UploadedFile[]> {
  return new FileParam(options, { countMin: options.countMin ?? 0, countMax: options.countMax }, takeAll)
}

function takeOne(all: readonly UploadedFile[]): UploadedFile | undefined {
  return all[0]
}

function takeAll(all: readonly UploadedFile[]): readonly UploadedFile[] {
  return all
}
