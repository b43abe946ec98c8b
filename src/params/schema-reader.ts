import type { Schema, SchemaResult } from '../core/params.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { convertText, convertTexts, describeWanted, UNCONVERTED } from './convert-text.ts'
import type { ErrorList } from './error-list.ts'
import type { FastCheck } from './fast-check.ts'
import { isList, isText, type Kind, unwrapNullable } from './kind.ts'
import type { Reviver } from './revive-json.ts'
import type { AbsentRule, SchemaFacts } from './schema-facts.ts'

/** Nothing was decided about a value. */
export const UNREAD: unique symbol = Symbol('unread')

export interface SchemaReaderOptions {
  /** For messages; empty for the body as a whole. */
  readonly name: string
  /** Nesting of JSON in a text. */
  readonly depthMax: number
}

/** Reads the value of one parameter by its schema; what is wrong goes to the errors. */
export class SchemaReader {
  readonly #name: string
  readonly #standard: Schema['~standard']
  readonly #kind: Kind
  readonly #depthMax: number
  readonly #isList: boolean
  readonly #options: readonly Kind[] | null
  readonly #revive: Reviver | null
  readonly #passesFast: FastCheck | null
  readonly #asksSchema: boolean
  readonly #hasFallback: boolean
  readonly #whenAbsent: AbsentRule

  constructor(schema: Schema, facts: SchemaFacts, { name, depthMax }: SchemaReaderOptions) {
    const inner = unwrapNullable(facts.kind)
    this.#name = name
    this.#standard = schema['~standard']
    this.#kind = facts.kind
    this.#depthMax = depthMax
    this.#isList = isList(facts.kind)
    this.#options = inner.type === 'union' ? inner.options : null
    this.#revive = facts.revive
    this.#passesFast = facts.passesFast
    this.#asksSchema = facts.hasOwnMessage || facts.hasFallback || inner.type === 'literal' || inner.type === 'union'
    this.#hasFallback = facts.hasFallback
    this.#whenAbsent = facts.whenAbsent
  }

  /** What stands for a value that was not sent; `UNREAD` where it needs a closer look. */
  get absentDirectly(): unknown {
    return this.#whenAbsent === 'undefined' ? undefined : UNREAD
  }

  /** The value, where it surely passes; `UNREAD` where it needs a closer look. */
  readValueDirectly(value: unknown): unknown {
    return this.#revive === null && this.#passesFast !== null && this.#passesFast(value) ? value : UNREAD
  }

  /** The same for a text. */
  readTextDirectly(text: string): unknown {
    if (this.#options !== null || this.#isList || text.includes('\0')) return UNREAD
    const value = convertText(this.#kind, text, this.#depthMax)
    return value === UNCONVERTED ? UNREAD : this.readValueDirectly(value)
  }

  /** A value from JSON: taken as it is. */
  readValue(value: unknown, errors: ErrorList): MaybePromise<unknown> {
    const revived = this.#revive === null ? value : this.#revive(value)
    if (this.#passesFast !== null && this.#passesFast(revived)) return revived
    return this.#conclude(this.#standard.validate(revived), errors)
  }

  /** A text, or all texts of a repeated name: converted to what the schema takes. */
  readText(text: string | readonly string[], errors: ErrorList): MaybePromise<unknown> {
    if (typeof text === 'string' ? text.includes('\0') : text.some((one) => one.includes('\0'))) {
      // PostgreSQL keeps no NUL, and C ends a text there: refused before anything can disagree about it.
      return errors.add(this.#name, 'has a NUL character')
    }
    if (this.#options !== null) return this.#readUnion(this.#options, text, errors)
    if (this.#isList) return this.#readList(typeof text === 'string' ? [text] : text, errors)
    if (typeof text !== 'string') return errors.add(this.#name, 'is given more than once')
    const value = convertText(this.#kind, text, this.#depthMax)
    return value === UNCONVERTED ? this.#refuseText(text, this.#kind, errors) : this.readValue(value, errors)
  }

  readAbsent(errors: ErrorList): MaybePromise<unknown> {
    if (this.#whenAbsent === 'undefined') return undefined
    if (this.#whenAbsent === 'missing') {
      return this.#name === '' ? errors.addWhole('body', 'is missing') : errors.add(this.#name, 'is missing')
    }
    return this.#conclude(this.#standard.validate(undefined), errors)
  }

  #readList(texts: readonly string[], errors: ErrorList): MaybePromise<unknown> {
    const { values, failedAt, item } = convertTexts(this.#kind, texts, this.#depthMax)
    if (failedAt === -1) return this.readValue(values, errors)
    return errors.add(`${this.#name}[${failedAt}]`, `must be ${describeWanted(item, texts[failedAt])}`)
  }

  /** The first option that the text converts to and that the schema passes. */
  #readUnion(options: readonly Kind[], text: string | readonly string[], errors: ErrorList): MaybePromise<unknown> {
    const candidates = options.flatMap((option) => this.#candidatesOf(option, text))
    if (text === '' && this.#kind.type === 'nullable' && !isText(this.#kind)) candidates.unshift(null)
    return this.#tryNext(candidates, 0, { text, errors })
  }

  #candidatesOf(option: Kind, text: string | readonly string[]): readonly unknown[] {
    if (isList(option)) {
      const { values, failedAt } = convertTexts(option, typeof text === 'string' ? [text] : text, this.#depthMax)
      return failedAt === -1 ? [values] : []
    }
    if (typeof text !== 'string') return []
    const value = convertText(option, text, this.#depthMax)
    return value === UNCONVERTED ? [] : [value]
  }

  #tryNext(candidates: readonly unknown[], index: number, attempt: Attempt): MaybePromise<unknown> {
    if (index >= candidates.length) return this.#refuseText(attempt.text, this.#kind, attempt.errors)
    const isLast = index === candidates.length - 1
    const settle = (result: SchemaResult<unknown>): MaybePromise<unknown> => {
      if (result.issues === undefined || isLast) return this.#settle(result, attempt.errors)
      return this.#tryNext(candidates, index + 1, attempt)
    }
    const result = this.#standard.validate(candidates[index])
    return result instanceof Promise ? result.then(settle) : settle(result)
  }

  // The schema may have words of its own for a text that cannot be converted, or a value to fall back to.
  #refuseText(text: string | readonly string[], kind: Kind, errors: ErrorList): MaybePromise<unknown> {
    if (!this.#asksSchema) return errors.add(this.#name, `must be ${describeWanted(kind, String(text))}`)
    const settle = (result: SchemaResult<unknown>): unknown => {
      if (result.issues !== undefined || this.#hasFallback) return this.#settle(result, errors)
      return errors.add(this.#name, `must be ${describeWanted(kind, String(text))}`)
    }
    const result = this.#standard.validate(text)
    return result instanceof Promise ? result.then(settle) : settle(result)
  }

  #conclude(result: MaybePromise<SchemaResult<unknown>>, errors: ErrorList): MaybePromise<unknown> {
    return result instanceof Promise ? result.then((late) => this.#settle(late, errors)) : this.#settle(result, errors)
  }

  #settle(result: SchemaResult<unknown>, errors: ErrorList): unknown {
    if (result.issues === undefined) return result.value
    return errors.addIssues(this.#name, result.issues)
  }
}

interface Attempt {
  readonly text: string | readonly string[]
  readonly errors: ErrorList
}
