import type { Received } from '../core/received.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { isBoundary, MultipartParser, type MultipartProblem } from '../wire/multipart.ts'
import { malformed, type ReadBodyOptions, tooManyFields } from './body-options.ts'
import { fileBytesMax } from './file-param.ts'
import { MultipartCollector } from './multipart-collector.ts'
import { NO_BODY, type ParsedBody } from './parsed-body.ts'

/**
 * Reads a multipart form. Where the route takes files it is read piece by piece, files going where their parameter
 * says; otherwise whole, at once.
 */
export function readMultipart(
  received: Received,
  boundary: string,
  options: ReadBodyOptions,
): MaybePromise<Outcome<ParsedBody>> {
  if (!isBoundary(boundary)) {
    return malformed('the media type multipart/form-data has no valid boundary')
  }
  const reader = new MultipartReader(boundary, options)
  if (options.files !== undefined && options.files !== null) return reader.readPieces(received)
  const bytes = received.readBody(options.bodyBytesMax)
  return bytes instanceof Promise ? bytes.then((late) => reader.readWhole(late)) : reader.readWhole(bytes)
}

class MultipartReader {
  readonly #parser: MultipartParser
  readonly #collector: MultipartCollector
  readonly #options: ReadBodyOptions

  constructor(boundary: string, options: ReadBodyOptions) {
    const { limits, bodyBytesMax, files } = options
    this.#options = options
    this.#parser = new MultipartParser(boundary, {
      partsMax: limits.formFieldsMax,
      headBytesMax: limits.headerLineBytesMax,
    })
    this.#collector = new MultipartCollector({ files: files ?? null, textBytesMax: bodyBytesMax, limits })
  }

  /** A body without files: no event has to wait. */
  readWhole(bytes: Outcome<Uint8Array>): Outcome<ParsedBody> {
    if (bytes instanceof Refusal) return bytes
    if (bytes.length === 0) return NO_BODY
    for (const event of this.#parser.push(bytes)) void this.#collector.take(event)
    return this.#refusal(true) ?? this.#collector.finish()
  }

  async readPieces(received: Received): Promise<Outcome<ParsedBody>> {
    let error: unknown = null
    try {
      const refusal = await this.#consume(received)
      if (refusal === null) return this.#collector.finish()
      error = refusal
      return refusal
    } catch (thrown) {
      error = thrown
      if (thrown instanceof Refusal) return thrown
      throw thrown
    } finally {
      if (error !== null) await this.#collector.abort(new Error('the body was refused', { cause: error }))
    }
  }

  async #consume(received: Received): Promise<Refusal | null> {
    const { files, bodyBytesMax, limits } = this.#options
    const bytesMax = bodyBytesMax + fileBytesMax(files ?? new Map(), limits)
    for await (const piece of received.streamBody(bytesMax)) {
      for (const event of this.#parser.push(piece)) {
        const wait = this.#collector.take(event)
        if (wait !== null) await wait
        const refusal = this.#collector.refusal
        if (refusal !== null) return refusal
      }
      const refusal = this.#refusal(false)
      if (refusal !== null) return refusal
    }
    return this.#refusal(true)
  }

  #refusal(isAtEnd: boolean): Refusal | null {
    if (this.#collector.refusal !== null) return this.#collector.refusal
    const problem = isAtEnd ? this.#parser.finish() : this.#parser.problem
    return problem === null ? null : refusalOf(problem, this.#options)
  }
}

function refusalOf(problem: MultipartProblem, { limits }: ReadBodyOptions): Refusal {
  if (problem === 'too-many') return tooManyFields(limits.formFieldsMax)
  return malformed('the multipart form is malformed')
}
