import { formatArrayText, parseArrayText } from './array-text.ts'
import {
  createInstantWriter,
  createTextWriter,
  createWholeWriter,
  writeBool,
  writeText,
  writeWhole,
} from './json-bytes.ts'
import type { CellWriter } from './json-bytes.ts'
import { boolAsJson, jsonAsJson, numberAsJson, textAsJson, wholeAsJson } from './json-text.ts'
import { formatTimestamptz, parseTimestamptz, timestamptzAsJson } from './timestamp-text.ts'

/** How values of one PostgreSQL type are read from text and written to it. */
export interface Codec {
  /** Name of the type, for messages. */
  readonly name: string
  /** TypeScript type of what is read. */
  readonly result: string
  /** TypeScript type of what may be written. */
  readonly parameter: string
  readonly decode: (text: string) => unknown
  /** The JSON text of what `decode` gives, without making it; absent where that would be no quicker. */
  readonly json?: (text: string) => string
  /** Writes the same from the bytes of the server; absent where `json` is to be asked. */
  readonly writeJson?: CellWriter
  /** Throws a `TypeError` or `RangeError` whose message says what is wrong without the value. */
  readonly encode: (value: unknown) => string
}

/** How `int8` is read: a number that fails beyond 2^53, or a bigint. */
export type Int8Mode = 'number' | 'bigint'

const asIs = (text: string): string => text

function textCodec(name: string): Codec {
  return {
    name,
    result: 'string',
    parameter: 'string',
    decode: asIs,
    json: textAsJson,
    writeJson: writeText,
    encode: (value) => encodeText(name, value),
  }
}

function encodeText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  throw wrongValue(name, value)
}

function wrongValue(name: string, value: unknown): TypeError {
  const kind = value instanceof Date ? 'a Date' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
  return new TypeError(`${kind} is not a value of ${name}`)
}

function numberCodec(name: string, json: (text: string) => string = wholeAsJson): Codec {
  return {
    name,
    result: 'number',
    parameter: 'number',
    decode: Number,
    json,
    writeJson: json === wholeAsJson ? writeWhole : createTextWriter(json),
    encode: (value) => encodeNumber(name, value),
  }
}

/** Text passes: the server checks it, and says 22P02 where it is no number. */
function encodeNumber(name: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return String(value)
  throw wrongValue(name, value)
}

const int8AsNumber: Codec = {
  ...numberCodec('int8', int8AsJson),
  writeJson: createWholeWriter(createTextWriter(int8AsJson)),
  parameter: 'number | bigint',
  decode: readInt8,
}

function int8AsJson(text: string): string {
  return String(readInt8(text))
}

function readInt8(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError("an int8 is beyond 2^53; read it with int8: 'bigint'")
}

const int8AsBigint: Codec = {
  ...int8AsNumber,
  result: 'bigint',
  decode: BigInt,
  json: textAsJson,
  writeJson: writeText,
}

const bool: Codec = {
  name: 'bool',
  result: 'boolean',
  parameter: 'boolean',
  decode: (text) => text === 't',
  json: boolAsJson,
  writeJson: writeBool,
  encode: (value) => {
    if (typeof value !== 'boolean') throw wrongValue('bool', value)
    return value ? 't' : 'f'
  },
}

const timestamptz: Codec = {
  name: 'timestamptz',
  result: 'Date',
  parameter: 'Date | string',
  decode: parseTimestamptz,
  json: timestamptzAsJson,
  writeJson: createInstantWriter(createTextWriter(timestamptzAsJson)),
  encode: (value) => {
    if (value instanceof Date) return formatTimestamptz(value)
    if (typeof value === 'string') return value
    throw wrongValue('timestamptz', value)
  },
}

const bytea: Codec = {
  name: 'bytea',
  result: 'Uint8Array',
  parameter: 'Uint8Array',
  // A copy: small Buffers share one ArrayBuffer with strangers.
  decode: (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
  encode: (value) => {
    if (!(value instanceof Uint8Array)) throw wrongValue('bytea', value)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  },
}

function jsonCodec(name: string): Codec {
  return {
    name,
    result: 'unknown',
    parameter: 'unknown',
    decode: JSON.parse,
    json: jsonAsJson,
    encode: (value) => {
      // `unknown` since the result is undefined for a function or a symbol, which TypeScript does not say.
      const text: unknown = JSON.stringify(value)
      if (typeof text !== 'string') throw wrongValue(name, value)
      return text
    },
  }
}

/** A type that the table does not know is text, both ways: `inet`, `tsvector`, ranges, composites, extensions. */
export function unknownCodec(name: string): Codec {
  return textCodec(name)
}

/** A string literal of TypeScript. */
export function quoteText(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

export function enumCodec(name: string, labels: readonly string[]): Codec {
  const type = labels.map(quoteText).join(' | ')
  return { ...textCodec(name), result: type, parameter: type }
}

/**
 * Arrays of one element type; how deep they nest is not part of a PostgreSQL type. In an array of JSON a nested array is
 * a JSON value.
 */
export function arrayCodec(element: Codec, delimiter: string): Codec {
  const name = `${element.name}[]`
  const isJson = element.result === 'unknown'
  const form = { delimiter, decode: element.decode, encode: element.encode, isFlat: isJson }
  return {
    name,
    result: isJson ? 'unknown[]' : `(${element.result} | null)[]`,
    parameter: isJson ? 'readonly unknown[]' : `readonly (${element.parameter} | null)[]`,
    decode: (text) => parseArrayText(text, form),
    encode: (value) => {
      if (!Array.isArray(value)) throw wrongValue(name, value)
      return formatArrayText(value, form)
    },
  }
}

/** Oid, codec, and oid of the array type, of what the server has built in (`pg_type.dat`). */
function builtins(int8: Codec): readonly (readonly [oid: number, codec: Codec, array: number])[] {
  return [
    [16, bool, 1000],
    [17, bytea, 1001],
    [18, textCodec('char'), 1002],
    [19, textCodec('name'), 1003],
    [20, int8, 1016],
    [21, numberCodec('int2'), 1005],
    [23, numberCodec('int4'), 1007],
    [25, textCodec('text'), 1009],
    [26, numberCodec('oid'), 1028],
    [114, jsonCodec('json'), 199],
    [142, textCodec('xml'), 143],
    [650, textCodec('cidr'), 651],
    [700, numberCodec('float4', numberAsJson), 1021],
    [701, numberCodec('float8', numberAsJson), 1022],
    [790, textCodec('money'), 791],
    [829, textCodec('macaddr'), 1040],
    [869, textCodec('inet'), 1041],
    [1042, textCodec('bpchar'), 1014],
    [1043, textCodec('varchar'), 1015],
    [1082, textCodec('date'), 1182],
    [1083, textCodec('time'), 1183],
    [1114, textCodec('timestamp'), 1115],
    [1184, timestamptz, 1185],
    [1186, textCodec('interval'), 1187],
    [1266, textCodec('timetz'), 1270],
    [1560, textCodec('bit'), 1561],
    [1562, textCodec('varbit'), 1563],
    [1700, { ...textCodec('numeric'), parameter: 'string | number | bigint' }, 1231],
    [2950, textCodec('uuid'), 2951],
    [3802, jsonCodec('jsonb'), 3807],
    [3904, textCodec('int4range'), 3905],
    [3906, textCodec('numrange'), 3907],
    [3908, textCodec('tsrange'), 3909],
    [3910, textCodec('tstzrange'), 3911],
    [3912, textCodec('daterange'), 3913],
    [3926, textCodec('int8range'), 3927],
  ]
}

/** The void of a function that returns nothing is written as an empty text. */
const voidCodec: Codec = { ...textCodec('void'), result: 'null', decode: () => null, json: () => 'null' }

/** Codecs by oid of the types that every server has. */
export function createBuiltinCodecs(int8: Int8Mode): Map<number, Codec> {
  const codecs = new Map<number, Codec>([
    [705, textCodec('text')],
    [2278, voidCodec],
  ])
  for (const [oid, codec, array] of builtins(int8 === 'bigint' ? int8AsBigint : int8AsNumber)) {
    codecs.set(oid, codec)
    codecs.set(array, arrayCodec(codec, ','))
  }
  return codecs
}
