import type { Cell, Column, Description, RawResult } from './driver.ts'
import type { Pglite, PgliteErrorFields, PgliteField, PgliteMessage, PgliteProtocol } from './pglite-package.ts'
import { parseAffected } from './result-text.ts'
import { lostError, serverError } from './sql-error.ts'
import type { SqlError } from './sql-error.ts'

interface Prepared {
  readonly name: string
  readonly parameters: readonly number[]
  readonly columns: readonly Column[]
}

interface Answer {
  columns: readonly Column[] | null
  parameters: readonly number[]
  readonly rows: (readonly Cell[])[]
  affected: number
  tag: string
  /** The statement was run to its end. */
  isDone: boolean
  error: SqlError | null
}

const PREPARED_MAX = 500
const STATUS = { idle: 'I', open: 'T', failed: 'E' } as const

/** One connection to the embedded server, spoken to by the messages of PostgreSQL's protocol (version 3, chapter 54). */
export class PgliteSession {
  readonly #pglite: Pglite
  readonly #serialize: PgliteProtocol['serialize']
  readonly #Parser: PgliteProtocol['Parser']
  readonly #prepared = new Map<string, Prepared>()
  #count = 0
  #status: string = STATUS.idle

  constructor(pglite: Pglite, { serialize, Parser }: PgliteProtocol) {
    this.#pglite = pglite
    this.#serialize = serialize
    this.#Parser = Parser
  }

  /** True inside a transaction block, failed or not. */
  get isInTransaction(): boolean {
    return this.#status !== STATUS.idle
  }

  async describe(text: string): Promise<Description> {
    return this.#prepared.get(text) ?? this.#prepare(text)
  }

  async run(text: string, values: readonly Cell[]): Promise<RawResult> {
    const wasOpen = this.isInTransaction
    const prepared = this.#prepared.get(text) ?? (await this.#prepare(text))
    const answer = await this.#send([...this.#bind(prepared.name, values), this.#serialize.sync()])
    if (answer.error === null && answer.isDone) {
      return { columns: prepared.columns, rows: answer.rows, affected: answer.affected }
    }
    // Where its stack overflows it neither fails nor completes: that is no success without rows.
    if (answer.error === null) throw lostError('the embedded database did not complete the statement')
    // The schema changed under the prepared statement. Nothing ran yet, so trying again cannot do it twice.
    const isStale = answer.error.sqlstate === '0A000' && !wasOpen
    await this.#forget(text, answer.error)
    if (isStale) return this.run(text, values)
    throw answer.error
  }

  /** One message for all lists; outside a transaction block the server makes them one transaction, up to Sync. */
  async runMany(text: string, lists: readonly (readonly Cell[])[]): Promise<number> {
    const { name } = this.#prepared.get(text) ?? (await this.#prepare(text))
    const messages = lists.flatMap((values) => this.#bind(name, values))
    const answer = await this.#send([...messages, this.#serialize.sync()])
    if (answer.error === null) return answer.affected
    await this.#forget(text, answer.error)
    throw answer.error
  }

  async runOnce(text: string, values: readonly Cell[]): Promise<RawResult> {
    const { parse, describe, sync } = this.#serialize
    const answer = await this.#send([
      parse({ text }),
      ...this.#bind('', values).slice(0, 1),
      describe({ type: 'P' }),
      this.#serialize.execute(),
      sync(),
    ])
    if (answer.error !== null) throw answer.error
    return { columns: answer.columns ?? [], rows: answer.rows, affected: answer.affected }
  }

  /** Gives the tag of the last command. */
  async script(text: string): Promise<string> {
    const answer = await this.#send([this.#serialize.query(text)])
    if (answer.error !== null) throw answer.error
    return answer.tag
  }

  #bind(statement: string, values: readonly Cell[]): Uint8Array[] {
    return [this.#serialize.bind({ statement, values: [...values] }), this.#serialize.execute()]
  }

  async #prepare(text: string): Promise<Prepared> {
    await this.#evict()
    this.#count += 1
    const name = `guichet_${this.#count}`
    const { parse, describe, sync } = this.#serialize
    const answer = await this.#send([parse({ name, text }), describe({ type: 'S', name }), sync()])
    if (answer.error !== null) throw answer.error
    const prepared = { name, parameters: answer.parameters, columns: answer.columns ?? [] }
    this.#prepared.set(text, prepared)
    return prepared
  }

  async #evict(): Promise<void> {
    if (this.#prepared.size < PREPARED_MAX) return
    const [oldest] = this.#prepared
    if (oldest !== undefined) await this.#close(oldest[0], oldest[1].name)
  }

  async #forget(text: string, { sqlstate }: SqlError): Promise<void> {
    const prepared = this.#prepared.get(text)
    const isAboutSchema = sqlstate.startsWith('42') || sqlstate === '0A000'
    if (prepared !== undefined && isAboutSchema) await this.#close(text, prepared.name)
  }

  async #close(text: string, name: string): Promise<void> {
    this.#prepared.delete(text)
    await this.#send([this.#serialize.close({ type: 'S', name }), this.#serialize.sync()])
  }

  async #send(messages: readonly Uint8Array[]): Promise<Answer> {
    const bytes = await this.#pglite.execProtocolRaw(Buffer.concat(messages))
    const answer: Answer = { columns: null, parameters: [], rows: [], affected: 0, tag: '', isDone: false, error: null }
    new this.#Parser().parse(bytes, (message) => this.#read(message, answer))
    return answer
  }

  #read(message: PgliteMessage, answer: Answer): void {
    switch (message.name) {
      case 'dataRow':
        answer.rows.push(message.fields)
        break
      case 'rowDescription':
        answer.columns = readColumns(message.fields)
        break
      case 'parameterDescription':
        answer.parameters = message.dataTypeIDs
        break
      case 'commandComplete':
        answer.isDone = true
        answer.tag = message.text
        answer.affected += parseAffected(answer.tag)
        break
      case 'readyForQuery':
        this.#status = message.status
        break
      case 'error':
        answer.error ??= readError(message)
        break
      default:
        break
    }
  }
}

function readColumns(fields: readonly PgliteField[]): Column[] {
  return fields.map(({ name, dataTypeID, tableID, columnID }) => ({
    name,
    type: dataTypeID,
    table: tableID,
    column: columnID,
  }))
}

function readError({ code, message, constraint, table, column, position }: PgliteErrorFields): SqlError {
  return serverError({ sqlstate: code ?? 'XX000', message, constraint, table, column, position })
}
