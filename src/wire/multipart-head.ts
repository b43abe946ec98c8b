import { Buffer } from 'node:buffer'
import { parseMediaType, parseParameters } from './media-type.ts'
import { decodePercent } from './percent.ts'
import { decodeUtf8 } from './utf8.ts'

export type TransferEncoding = 'identity' | 'base64' | 'quoted-printable'

/** The head of one part of a multipart form (RFC 7578 section 4). */
export interface PartHead {
  /** Name of the field. */
  readonly name: string
  /** Name that the peer gives to a file, its last segment only; null for a field that is no file. */
  readonly fileName: string | null
  /** `Content-Type` as sent; null where there is none. */
  readonly contentType: string | null
  readonly encoding: TransferEncoding
}

const HEADERS_MAX = 16
const FILE_NAME_CHARS_MAX = 255
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/
const FORM_DATA = /^form-data[ \t]*(?=;)/i
// eslint-disable-next-line no-control-regex -- control characters are what this removes
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

/** Decodes the headers of a part, without the empty line; null where they are malformed. */
export function decodePartHead(bytes: Uint8Array): PartHead | null {
  const headers = parseHeaders(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
  const disposition = headers?.get('content-disposition')
  if (headers === null || disposition === undefined) return null
  const match = FORM_DATA.exec(disposition)
  const parameters = match === null ? null : parseParameters(disposition, match[0].length)
  const name = decodeName(parameters?.get('name'))
  const encoding = encodingOf(headers.get('content-transfer-encoding'))
  const contentType = headers.get('content-type') ?? null
  if (parameters === null || name === null || encoding === null) return null
  if (contentType !== null && parseMediaType(contentType) === null) return null
  const fileName = fileNameOf(parameters)
  return fileName === undefined ? null : { name, fileName, contentType, encoding }
}

function parseHeaders(text: string): ReadonlyMap<string, string> | null {
  const headers = new Map<string, string>()
  const lines = text.split('\r\n')
  if (lines.length > HEADERS_MAX) return null
  for (const line of lines) {
    const match = HEADER.exec(line)
    const name = match?.[1]?.toLowerCase()
    if (name === undefined || headers.has(name)) return null
    headers.set(name, trimBlanks(match?.[2] ?? ''))
  }
  return headers
}

// By hand: in a pattern, blanks before, within and after a value take the cube of its length. Not trim(), which also takes
// U+00A0, here a byte of UTF-8.
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

// RFC 7578 section 4.7 deprecates it, and some senders still do it.
function encodingOf(text: string | undefined): TransferEncoding | null {
  switch (text?.toLowerCase()) {
    case undefined:
    case '7bit':
    case '8bit':
    case 'binary':
      return 'identity'
    case 'base64':
      return 'base64'
    case 'quoted-printable':
      return 'quoted-printable'
    default:
      return null
  }
}

/** Null: no file. Undefined: malformed. */
function fileNameOf(parameters: ReadonlyMap<string, string>): string | null | undefined {
  const plain = parameters.get('filename')
  const extended = parameters.get('filename*')
  if (plain === undefined && extended === undefined) return null
  const name = plain === undefined ? decodeExtended(extended ?? '') : decodeName(plain)
  return name === null ? undefined : lastSegment(name)
}

/** Names are UTF-8 bytes (RFC 7578 section 5.1). */
function decodeName(latin1: string | undefined): string | null {
  return latin1 === undefined ? null : decodeUtf8(Buffer.from(latin1, 'latin1'))
}

const EXTENDED = /^utf-8'[A-Za-z0-9-]*'([-!#$&+.^_`|~0-9A-Za-z%]*)$/i

/** An extended value (RFC 8187 section 3.2), UTF-8 only. */
function decodeExtended(text: string): string | null {
  const encoded = EXTENDED.exec(text)?.[1]
  return encoded === undefined ? null : decodePercent(encoded)
}

// A name is a label, never a path: what would leave a folder or hide in a log is taken away.
function lastSegment(name: string): string {
  const segment = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1).replace(CONTROLS, '')
  return segment === '.' || segment === '..' ? '' : segment.slice(0, FILE_NAME_CHARS_MAX).toWellFormed()
}
