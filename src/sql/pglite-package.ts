import { ConfigError } from '../core/config-error.ts'

/**
 * What we use of `@electric-sql/pglite`. Its own declarations are not imported: they need the types of a browser and of
 * Emscripten, which an app would then have to install.
 */
export interface PglitePackage {
  readonly PGlite: new (options: PgliteOpenOptions) => Pglite
  readonly protocol: PgliteProtocol
}

export interface PgliteOpenOptions {
  readonly dataDir: string
  readonly relaxedDurability: boolean
  readonly loadDataDir?: Blob
}

export interface Pglite {
  readonly waitReady: Promise<void>
  execProtocolRaw(message: Uint8Array): Promise<Uint8Array>
  dumpDataDir(compression: 'none'): Promise<Blob>
  close(): Promise<void>
}

/** Messages of PostgreSQL's protocol as bytes, and back. */
export interface PgliteProtocol {
  readonly serialize: {
    readonly query: (text: string) => Uint8Array
    readonly parse: (query: { readonly name?: string; readonly text: string }) => Uint8Array
    readonly bind: (config: { readonly statement: string; readonly values: (string | null)[] }) => Uint8Array
    readonly describe: (target: { readonly type: 'S' | 'P'; readonly name?: string }) => Uint8Array
    readonly execute: () => Uint8Array
    readonly close: (target: { readonly type: 'S'; readonly name: string }) => Uint8Array
    readonly sync: () => Uint8Array
  }
  readonly Parser: new () => { parse(bytes: Uint8Array, take: (message: PgliteMessage) => void): void }
}

/** The messages of the server that we read. */
export type PgliteMessage =
  | { readonly name: 'dataRow'; readonly fields: (string | null)[] }
  | { readonly name: 'rowDescription'; readonly fields: readonly PgliteField[] }
  | { readonly name: 'parameterDescription'; readonly dataTypeIDs: readonly number[] }
  | { readonly name: 'commandComplete'; readonly text: string }
  | { readonly name: 'readyForQuery'; readonly status: string }
  | ({ readonly name: 'error' } & PgliteErrorFields)
  | { readonly name: 'other' }

export interface PgliteField {
  readonly name: string
  readonly dataTypeID: number
  readonly tableID: number
  readonly columnID: number
}

export interface PgliteErrorFields {
  readonly code: string | undefined
  readonly message: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly position: string | undefined
}

// A variable, so that the compiler does not follow it into those declarations.
const PACKAGE: string = '@electric-sql/pglite'

/** Loads the package; throws a `ConfigError` that says what to install where it is missing. */
export async function importPglite(): Promise<PglitePackage> {
  try {
    // Version 0.5 has these exports; the contract suite runs all of them.
    return (await import(PACKAGE)) as PglitePackage
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    const problem = 'the embedded PostgreSQL is not installed'
    throw new ConfigError([{ where: 'DATABASE_URL', problem, wanted: `npm install ${PACKAGE}` }])
  }
}
