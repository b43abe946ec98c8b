import type { RefusedFile } from './file-problem.ts'

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev, version 1): what the framework
 * needs of it, and nothing more.
 */
export interface Schema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Where a parameter is looked up when it is not the path, the body or the query. */
export type Place = 'header' | 'cookie' | 'body' | 'file'

/** A parameter that names its place: made by `header()`, `cookie()`, `body()`, `file()`. */
export interface PlacedParam<Output = unknown> {
  readonly '~place': Place
  /** Name on the wire; null: the parameter's own. */
  readonly name: string | null
  readonly schema: Schema<Output>
}

/** A parameter from files of a multipart body: made by `file()`, `files()`. */
export interface UploadParam<Output = unknown> extends PlacedParam<Output> {
  readonly '~place': 'file'
  /** Media types that are taken; empty: any. */
  readonly types: readonly string[]
  readonly count: { readonly countMin: number; readonly countMax: number }
  /** The same for a form: a file that is not taken gives the reason as a value, and the call goes on. */
  forForm(): PlacedParam<Output | RefusedFile>
}

export type Param = Schema | PlacedParam
/** The declared parameters of a route, by name. */
export type ParamShape = Readonly<Record<string, Param>>

export type ParamOutput<P> =
  P extends PlacedParam<infer Output> ? Output : P extends Schema<infer Output> ? Output : never
export type ParamsOutput<Shape extends ParamShape> = { [Name in keyof Shape]: ParamOutput<Shape[Name]> }

export function isPlaced(param: Param): param is PlacedParam {
  return '~place' in param
}

/** Names of the path parameters of a pattern: `/a/:b/*c` has `b` and `c`. */
export type PathNames<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? SegmentName<Head> | PathNames<Tail>
  : SegmentName<Path>
type SegmentName<Segment extends string> = Segment extends `:${infer Name}`
  ? Name
  : Segment extends `*${infer Name}`
    ? Name
    : never

/** Arguments of a handler: the declared parameters, and each other path segment as a string. */
export type Args<Path extends string, Shape extends ParamShape> = Flat<
  { [Name in Exclude<PathNames<Path>, keyof Shape>]: string } & ParamsOutput<Shape>
>
type Flat<T> = { [Key in keyof T]: T[Key] }
