/** Classes of octets (RFC 9110 section 5.6, RFC 9112 section 3), as bits of one table: one look per byte of a head. */
export const OCTET_TOKEN = 1
/** What a field value may hold: visible ASCII, space, tab, obs-text. */
export const OCTET_VALUE = 2
/** What a request target may hold: visible ASCII without `#`, which would start a fragment, and without `?`. */
export const OCTET_TARGET = 4
/** What a host name may hold (RFC 3986 section 3.2.2 reg-name; `%` stands for an encoded octet). */
export const OCTET_HOST = 8
export const OCTET_DIGIT = 16
/** What may stand unescaped in a quoted string (qdtext). */
export const OCTET_QUOTED = 32

export const OCTETS: Uint8Array = makeTable()
/** Lower case of each token octet, 0 for others. */
export const TOKEN_LOWER: Uint8Array = makeLower()
/** Value of each hexadecimal digit, 255 for others. */
export const HEX_VALUES: Uint8Array = makeHex()

// One for all: nearly all heads come in the buffer that all sockets share.
let viewed: Uint8Array | null = null
let view: DataView = new DataView(new ArrayBuffer(0))

/**
 * Goes on from `from` as long as four octets at once have no control among them, up to `end`; what it stops at is to be
 * looked at octet by octet.
 */
export function skipPlain(bytes: Uint8Array, from: number, end: number): number {
  if (viewed !== bytes) {
    viewed = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }
  let i = from
  while (i + 4 <= end && !hasControl(view.getInt32(i))) i += 4
  return i
}

/** True where one of the four octets is below SP, or DEL. It may be true without one, never false with one. */
function hasControl(word: number): boolean {
  const noDel = word ^ 0x7f7f7f7f
  return ((((word - 0x20202020) & ~word) | ((noDel - 0x01010101) & ~noDel)) & 0x80808080) !== 0
}

function makeTable(): Uint8Array {
  const table = new Uint8Array(256)
  const add = (characters: string, bit: number): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0)
      table[code] = (table[code] ?? 0) | bit
    }
  }
  const range = (from: number, to: number): string =>
    Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)).join('')
  const digits = '0123456789'
  const letters = range(0x41, 0x5a) + range(0x61, 0x7a)
  const visible = range(0x21, 0x7e)
  const text = `\t ${visible}${range(0x80, 0xff)}`
  add(`${digits}${letters}!#$%&'*+-.^_\`|~`, OCTET_TOKEN)
  add(text, OCTET_VALUE)
  add(visible.replace(/[#?]/g, ''), OCTET_TARGET)
  add(`${digits}${letters}-._~%!$&'()*+,;=`, OCTET_HOST)
  add(digits, OCTET_DIGIT)
  add(text.replace('"', '').replace('\\', ''), OCTET_QUOTED)
  return table
}

function makeLower(): Uint8Array {
  const table = new Uint8Array(256)
  for (let code = 0; code < 256; code += 1) {
    if (((OCTETS[code] ?? 0) & OCTET_TOKEN) !== 0) table[code] = code >= 0x41 && code <= 0x5a ? code + 32 : code
  }
  return table
}

function makeHex(): Uint8Array {
  const table = new Uint8Array(256).fill(255)
  for (let value = 0; value < 16; value += 1) {
    const digit = value.toString(16)
    table[digit.charCodeAt(0)] = value
    table[digit.toUpperCase().charCodeAt(0)] = value
  }
  return table
}
