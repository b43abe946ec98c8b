import type { RawResult } from './driver.ts'
import type { RowReader } from './row-reader.ts'

/** The rows of one result, not read yet. */
export class RowList {
  readonly #reader: RowReader
  readonly #result: RawResult

  constructor(reader: RowReader, result: RawResult) {
    this.#reader = reader
    this.#result = result
  }

  toObjects(): readonly unknown[] {
    return this.#result.rows.map(this.#reader.readObject)
  }

  /** Text, or its bytes (UTF-8); `format` makes it where the objects have to be made. */
  toJson(format: (rows: readonly unknown[]) => string): string | Uint8Array {
    const { packed } = this.#result
    const { writeJson, writePackedJson } = this.#reader
    if (packed !== undefined && writePackedJson !== null) return writePackedJson(packed)
    return writeJson?.(this.#result.rows) ?? format(this.toObjects())
  }
}

/**
 * A promise of rows that are made into objects when somebody waits for them. A handler that returns it as it is lets
 * the pipeline take the text of the reply instead: nobody has seen the rows, so nobody can have changed them.
 */
export class RowsPromise extends Promise<readonly unknown[]> {
  readonly #list: Promise<RowList>
  #objects: Promise<readonly unknown[]> | null = null

  /** What `then`, `catch` and `finally` give is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  constructor(list: Promise<RowList>) {
    super(() => undefined)
    this.#list = list
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise has it
  override then<Done = readonly unknown[], Failed = never>(
    onDone?: ((rows: readonly unknown[]) => Done | PromiseLike<Done>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    this.#objects ??= this.#list.then((list) => list.toObjects())
    return this.#objects.then(onDone, onFailed)
  }

  /** The JSON text of the rows, or its bytes (UTF-8); `format` makes it where they have to be objects first. */
  async toJson(format: (rows: readonly unknown[]) => string): Promise<string | Uint8Array> {
    // Who has waited for the objects may have changed them.
    return this.#objects === null ? (await this.#list).toJson(format) : format(await this.#objects)
  }
}
