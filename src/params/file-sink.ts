import { type FileHandle, open } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import type { FileOptions } from './file-param.ts'
import { type FileClaim, StoredUpload, TakenUpload, type UploadedFile } from './uploaded-file.ts'

/** Takes the bytes of one file as they come. */
export interface FileSink {
  /** Resolves when more may come. `bytes` belong to the caller again then. */
  write(bytes: Uint8Array): Promise<void>
  end(sizeBytes: number): Promise<UploadedFile>
  /** Lets go of what `end` would have finished. */
  abort(error: Error): Promise<void>
}

const OWNER_ONLY = 0o600

/** Writes a file to `path`, which must not be there yet. */
export async function createDiskSink(claim: FileClaim, path: string): Promise<FileSink> {
  // Exclusive: nobody can have put a link there to have another file overwritten.
  const handle: FileHandle = await open(path, 'wx', OWNER_ONLY)
  return {
    write: (bytes) => handle.appendFile(bytes),
    end: async (sizeBytes) => {
      await handle.close()
      return new StoredUpload(claim, path, sizeBytes)
    },
    abort: () => handle.close(),
  }
}

/** Hands the bytes of a file to a function, no faster than it reads them. */
export function createFunctionSink(claim: FileClaim, to: NonNullable<FileOptions['to']>): FileSink {
  const stream = new PassThrough()
  // A reader that stops early closes the stream; that is its right, the rest is thrown away.
  stream.on('error', ignore)
  const result = to(stream, claim)
  // Awaited by `end`; until then a rejection must not end the process.
  const settled = result.then(ignore, () => void stream.destroy())
  return {
    write: async (bytes) => {
      if (stream.destroyed) return
      const isFull = !stream.write(Uint8Array.from(bytes))
      if (isFull) await drained(stream)
    },
    end: async (sizeBytes) => {
      stream.end()
      return new TakenUpload(claim, await result, sizeBytes)
    },
    abort: async (error) => {
      stream.destroy(error)
      await settled
    },
  }
}

// Not `events.once`, which rejects where a reader closes the stream.
function drained(stream: PassThrough): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const settle = (): void => {
    stream.off('drain', settle).off('close', settle)
    resolve()
  }
  stream.on('drain', settle).on('close', settle)
  return promise
}

function ignore(): void {}
