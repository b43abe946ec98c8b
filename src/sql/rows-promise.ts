import type { Cell } from './driver.ts'
import type { RowReader } from './row-reader.ts'

/** The rows of one result, not read yet. */
export class RowList {
  readonly #reader: RowReader
  readonly #rows: readonly (readonly Cell[])[]

  constructor(reader: RowReader, rows: readonly (readonly Cell[])[]) {
    this.#reader = reader
    this.#rows = rows
  }

  toObjects(): readonly unknown[] {
    return this.#rows.map(this.#reader.readObject)
  }

  /** `format` where the objects have to be made. */
  toJson(format: (rows: readonly unknown[]) => string): string {
    return this.#reader.writeJson?.(this.#rows) ?? format(this.toObjects())
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

  /** The JSON text of the rows; `format` makes it where they have to be objects first. */
  async toJson(format: (rows: readonly unknown[]) => string): Promise<string> {
    // Who has waited for the objects may have changed them.
    return this.#objects === null ? (await this.#list).toJson(format) : format(await this.#objects)
  }
}
