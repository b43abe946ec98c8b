import type { Kind } from './kind.ts'
import { isText } from './kind.ts'
import { parseDate } from './parse-date.ts'
import { parseJson } from '../wire/json.ts'

/** What a conversion gives for a text that does not say a value of the kind. */
export const UNCONVERTED: unique symbol = Symbol('unconverted')

// Decimal and canonical: no sign before a positive one, no leading zeros, no exponent, no hexadecimal.
const INTEGER = /^(?:0|-?[1-9]\d*)$/
// The grammar of JSON numbers (RFC 8259 section 6).
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** Digits of a bigint: making one costs more than linear time. */
const BIGINT_DIGITS_MAX = 1000
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** The value that a text says for `kind`; `UNCONVERTED` where it says none. */
export function convertText(kind: Kind, text: string, depthMax: number): unknown {
  switch (kind.type) {
    case 'text':
      return text
    case 'integer':
      return parseInteger(text)
    case 'number':
      return parseNumber(text)
    case 'bigint':
      return INTEGER.test(text) && text.length <= BIGINT_DIGITS_MAX ? BigInt(text) : UNCONVERTED
    case 'boolean':
      return BOOLEANS.get(text) ?? UNCONVERTED
    case 'date':
      return parseDate(text) ?? UNCONVERTED
    case 'null':
      return text === '' ? null : UNCONVERTED
    case 'literal':
      return kind.values.has(text) ? kind.values.get(text) : UNCONVERTED
    case 'nullable':
      return text === '' && !isText(kind.inner) ? null : convertText(kind.inner, text, depthMax)
    case 'union':
      return convertUnion(kind.options, text, depthMax)
    case 'list':
    case 'object':
    case 'json':
      return convertJson(text, depthMax)
    case 'none':
      return UNCONVERTED
  }
}

/** The values of a repeated name for a kind that takes a list; one that does not is `UNCONVERTED`, with its index. */
export function convertTexts(kind: Kind, texts: readonly string[], depthMax: number): ListConversion {
  const list = listKind(kind)
  const values: unknown[] = []
  for (const [index, text] of texts.entries()) {
    const item = list === null ? kind : (list.first[index] ?? list.item)
    const value = convertText(item, text, depthMax)
    if (value === UNCONVERTED) return { values, failedAt: index, item }
    values.push(value)
  }
  return { values, failedAt: -1, item: kind }
}

export interface ListConversion {
  readonly values: readonly unknown[]
  /** Index of the first text that does not convert; -1 for none. */
  readonly failedAt: number
  /** Kind that it should have had. */
  readonly item: Kind
}

/** What a text must be, for a message: `parameter "sid" must be an integer`. */
export function describeWanted(kind: Kind, text = ''): string {
  switch (kind.type) {
    case 'integer':
      if (!INTEGER.test(text)) return 'an integer'
      return `an integer between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`
    case 'number':
      return 'a number'
    case 'bigint':
      return 'an integer'
    case 'boolean':
      return 'true, false, 1 or 0'
    case 'date':
      return 'a date or a time with its zone (ISO 8601)'
    case 'null':
      return 'empty'
    case 'literal':
      return [...kind.values.keys()].slice(0, 20).join(', ')
    case 'nullable':
      return describeWanted(kind.inner, text)
    case 'union':
      return [...new Set(kind.options.map((option) => describeWanted(option, text)))].join(', or ')
    case 'list':
    case 'object':
    case 'json':
      return 'JSON'
    case 'text':
    case 'none':
      return 'something else'
  }
}

/** The list of a kind, through its wrappers and options; null where it takes none. */
function listKind(kind: Kind): Extract<Kind, { type: 'list' }> | null {
  if (kind.type === 'list') return kind
  if (kind.type === 'nullable') return listKind(kind.inner)
  if (kind.type !== 'union') return null
  for (const option of kind.options) {
    const list = listKind(option)
    if (list !== null) return list
  }
  return null
}

function parseInteger(text: string): unknown {
  if (!INTEGER.test(text)) return UNCONVERTED
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : UNCONVERTED
}

function parseNumber(text: string): unknown {
  if (!NUMBER.test(text)) return UNCONVERTED
  const value = Number(text)
  return Number.isFinite(value) ? value : UNCONVERTED
}

function convertUnion(options: readonly Kind[], text: string, depthMax: number): unknown {
  for (const option of options) {
    const value = convertText(option, text, depthMax)
    if (value !== UNCONVERTED) return value
  }
  return UNCONVERTED
}

function convertJson(text: string, depthMax: number): unknown {
  const { value, problem } = parseJson(text, { depthMax, hasSafeNames: true })
  return problem === null && findBadText(value) === null ? value : UNCONVERTED
}

/**
 * Why a text, or a text inside a value, cannot be kept: NUL, which PostgreSQL and C refuse, or half of a surrogate
 * pair, which UTF-8 cannot write. Null when all is well. The depth was bounded when the value was parsed.
 */
export function findBadText(value: unknown): string | null {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'has a NUL character'
    return value.isWellFormed() ? null : 'has half of a surrogate pair'
  }
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) {
    for (const name of Object.keys(value)) {
      const problem = findBadText(name)
      if (problem !== null) return problem
    }
  }
  for (const child of Object.values(value)) {
    const problem = findBadText(child)
    if (problem !== null) return problem
  }
  return null
}
