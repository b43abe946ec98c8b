import type { FileProblem } from '../core/file-problem.ts'
import type { Limits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { addFormValue } from '../wire/forms.ts'
import { parseMediaType } from '../wire/media-type.ts'
import type { MultipartEvent, PartHead } from '../wire/multipart.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { ErrorList, quoteName } from './error-list.ts'
import { type FilePlan, type FileRules, isTypeTaken, sayFileProblem } from './file-param.ts'
import { contradictsType, SIGNATURE_BYTES } from './file-signature.ts'
import { createDiskSink, createFunctionSink, type FileSink } from './file-sink.ts'
import { type ParsedBody, parsedBody } from './parsed-body.ts'
import { UploadFolder } from './upload-folder.ts'
import type { FileClaim, UploadedFile } from './uploaded-file.ts'

export interface CollectorOptions {
  readonly files: FilePlan | null
  /** Bytes of all fields that are no files together. */
  readonly textBytesMax: number
  readonly limits: Limits
}

type Part =
  | { readonly kind: 'text'; readonly name: string; readonly pieces: Uint8Array[]; readonly isUtf8: boolean }
  | { readonly kind: 'file'; readonly file: IncomingFile }
  | { readonly kind: 'stray' }

interface IncomingFile {
  readonly name: string
  readonly claim: FileClaim
  readonly param: FileRules
  readonly sink: FileSink
  sizeBytes: number
  first: Uint8Array
}

const DEFAULT_FILE_TYPE = 'application/octet-stream'

/** Keeps what a multipart form holds: texts in memory, files where their parameter says. */
export class MultipartCollector {
  readonly #options: CollectorOptions
  readonly #folder: UploadFolder = new UploadFolder()
  readonly #fields = new Map<string, string | string[]>()
  readonly #problems = new Map<string, string>()
  readonly #files = new Map<string, UploadedFile[]>()
  readonly #fileProblems = new Map<string, FileProblem>()
  readonly #strayFiles: string[] = []
  #part: Part = { kind: 'stray' }
  #textBytes = 0
  #refusal: Refusal | null = null

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** Why nothing more should be read; null while all is well. */
  get refusal(): Refusal | null {
    return this.#refusal
  }

  /** Takes one event; gives a promise where it must wait before the next one. */
  take(event: MultipartEvent): Promise<void> | null {
    switch (event.type) {
      case 'part':
        return this.#begin(event.head)
      case 'data':
        return this.#add(event.bytes)
      case 'end':
        return this.#end()
    }
  }

  /** What was found; its `release` removes the files. */
  finish(): ParsedBody {
    return parsedBody({
      kind: 'multipart',
      fields: this.#fields,
      problems: this.#problems,
      files: this.#files,
      fileProblems: this.#fileProblems,
      strayFiles: this.#strayFiles,
      release: this.#folder.isUsed ? () => this.#folder.remove() : null,
    })
  }

  /** Lets go of everything, since the body is refused. */
  async abort(error: Error): Promise<void> {
    if (this.#part.kind === 'file') await this.#part.file.sink.abort(error)
    await this.#folder.remove()
  }

  #begin(head: PartHead): Promise<void> | null {
    const { name, fileName } = head
    if (fileName === null) {
      this.#part = { kind: 'text', name, pieces: [], isUtf8: isUtf8(head) }
      return null
    }
    const param = this.#options.files?.get(name)
    if (param !== undefined) return this.#beginFile(head, fileName, param)
    this.#strayFiles.push(name)
    this.#part = { kind: 'stray' }
    return null
  }

  async #beginFile({ name, contentType }: PartHead, fileName: string, param: FileRules): Promise<void> {
    this.#part = { kind: 'stray' }
    // Nothing of a field that has failed is kept: the page asks for all of it again.
    if (this.#fileProblems.has(name)) return
    const type = parseMediaType(contentType ?? DEFAULT_FILE_TYPE)?.essence ?? DEFAULT_FILE_TYPE
    const problem = this.#findProblem(name, { type, fileName }, param)
    if (problem !== null) {
      this.#fail(name, problem, param)
      return
    }
    const claim: FileClaim = { name: fileName, type }
    const sink =
      param.to === null
        ? await createDiskSink(claim, await this.#folder.nextPath())
        : createFunctionSink(claim, param.to)
    this.#part = { kind: 'file', file: { name, claim, param, sink, sizeBytes: 0, first: new Uint8Array(0) } }
  }

  /** What is wrong with a file before its first byte. */
  #findProblem(name: string, claim: { type: string; fileName: string }, param: FileRules): FileProblem | null {
    const { countMax } = param.count
    if ((this.#files.get(name)?.length ?? 0) >= countMax) return { kind: 'too-many', countMax }
    // Of a parameter that refuses the call, all wrong types are told at the end. No name: no file was chosen.
    if (!param.givesProblems || claim.fileName === '' || isTypeTaken(param.types, claim.type)) return null
    return { kind: 'wrong-type', types: param.types }
  }

  /** Refuses the body, or keeps the reason for the page; what is still to come of the file is thrown away. */
  #fail(name: string, problem: FileProblem, { givesProblems }: FileRules): void {
    if (givesProblems) this.#fileProblems.set(name, problem)
    else this.#refusal = refusalOf(name, problem)
  }

  #add(bytes: Uint8Array): Promise<void> | null {
    const part = this.#part
    if (part.kind === 'file') return this.#addToFile(part.file, bytes)
    if (part.kind === 'stray') return null
    this.#textBytes += bytes.length
    const { textBytesMax } = this.#options
    if (this.#textBytes > textBytesMax) {
      const message = `the fields of the form are too large: at most ${textBytesMax} bytes are read`
      this.#refusal = new Refusal('PARAMS_TOO_LARGE', { message })
      return null
    }
    part.pieces.push(Uint8Array.from(bytes))
    return null
  }

  #addToFile(file: IncomingFile, bytes: Uint8Array): Promise<void> | null {
    const { name, param } = file
    file.sizeBytes += bytes.length
    if (file.sizeBytes > param.bytesMax) {
      this.#fail(name, { kind: 'too-large', bytesMax: param.bytesMax }, param)
      if (this.#refusal !== null) return null
      this.#part = { kind: 'stray' }
      return file.sink.abort(new Error(`the file is larger than ${param.bytesMax} bytes`))
    }
    if (file.first.length < SIGNATURE_BYTES) {
      file.first = Buffer.concat([file.first, bytes.subarray(0, SIGNATURE_BYTES - file.first.length)])
    }
    return file.sink.write(bytes)
  }

  #end(): Promise<void> | null {
    const part = this.#part
    if (part.kind === 'file') return this.#endFile(part.file)
    if (part.kind === 'stray') return null
    const text = part.isUtf8 ? decodeUtf8(Buffer.concat(part.pieces)) : null
    if (text === null) this.#problems.set(part.name, 'is not valid UTF-8')
    else addFormValue(this.#fields, part.name, text)
    return null
  }

  async #endFile({ name, claim, param, sink, sizeBytes, first }: IncomingFile): Promise<void> {
    this.#part = { kind: 'stray' }
    const file = await sink.end(sizeBytes)
    // A browser sends this for a field in which no file was chosen.
    if (claim.name === '' && sizeBytes === 0) return
    if (param.types.length > 0 && contradictsType(claim.type, claim.name, first)) {
      this.#fileProblems.set(name, { kind: 'contradicts-type', type: claim.type })
    }
    const known = this.#files.get(name)
    if (known === undefined) this.#files.set(name, [file])
    else known.push(file)
  }
}

function isUtf8({ contentType }: PartHead): boolean {
  const charset = contentType === null ? undefined : parseMediaType(contentType)?.parameters.get('charset')
  return charset === undefined || /^(?:utf-8|us-ascii)$/i.test(charset)
}

function refusalOf(name: string, problem: FileProblem): Refusal {
  if (problem.kind === 'too-large') {
    const message = `${quoteName(name)} ${sayFileProblem(problem)}`
    return new Refusal('PARAMS_TOO_LARGE', { message, errors: [{ parameter: name, message }] })
  }
  const errors = new ErrorList()
  errors.add(name, sayFileProblem(problem))
  return errors.toRefusal()
}
