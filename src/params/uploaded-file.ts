import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, readFile, rename, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'

/** What the peer says about a file: nothing of it is proven. */
export interface FileClaim {
  /** Last segment of the name that the peer gave, without control characters; never a path. Empty where it gave none. */
  readonly name: string
  /** Media type, lower-case, without parameters; checked against the first bytes where the parameter declares types. */
  readonly type: string
}

/** A file that came in a multipart body. It lies in a temporary folder that is removed when the call ends. */
export interface UploadedFile extends FileClaim {
  readonly sizeBytes: number
  /** Where it lies until the call ends; null where it was handed to a function. */
  readonly path: string | null
  /** What the `to` function of the parameter gave; undefined without one. */
  readonly result: unknown
  /** Its bytes, piece by piece. */
  stream(): Readable
  /** All its bytes at once. */
  read(): Promise<Uint8Array>
  /** Keeps it at `path`, replacing what is there, whole or not at all. */
  moveTo(path: string): Promise<void>
}

/** A file on disk. */
export class StoredUpload implements UploadedFile {
  readonly name: string
  readonly type: string
  readonly sizeBytes: number
  readonly path: string
  readonly result: undefined = undefined

  constructor(claim: FileClaim, path: string, sizeBytes: number) {
    this.name = claim.name
    this.type = claim.type
    this.sizeBytes = sizeBytes
    this.path = path
  }

  stream(): Readable {
    return createReadStream(this.path)
  }

  async read(): Promise<Uint8Array> {
    return await readFile(this.path)
  }

  async moveTo(path: string): Promise<void> {
    try {
      await rename(this.path, path)
    } catch (error) {
      // The temporary folder is often another file system.
      if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
      await copyWhole(this.path, path)
    }
  }
}

/** Beside its place first: whoever reads there finds the former file or the new one, never a part of it. */
async function copyWhole(from: string, to: string): Promise<void> {
  const draft = `${to}.${randomUUID()}.part`
  try {
    await copyFile(from, draft)
    await rename(draft, to)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** A file that a function took as it came. */
export class TakenUpload implements UploadedFile {
  readonly name: string
  readonly type: string
  readonly sizeBytes: number
  readonly path: null = null
  readonly result: unknown

  constructor(claim: FileClaim, result: unknown, sizeBytes: number) {
    this.name = claim.name
    this.type = claim.type
    this.sizeBytes = sizeBytes
    this.result = result
  }

  stream(): Readable {
    throw new TypeError('Cannot stream this file: the function of its parameter took it as it came')
  }

  read(): Promise<Uint8Array> {
    throw new TypeError('Cannot read this file: the function of its parameter took it as it came')
  }

  moveTo(): Promise<void> {
    throw new TypeError('Cannot move this file: the function of its parameter took it as it came')
  }
}
