import { Buffer } from 'node:buffer'

/** Undoes a transfer encoding piece by piece. */
export interface TransferDecoder {
  /** Null where the bytes are malformed. */
  push(bytes: Uint8Array): Uint8Array | null
  /** Rest of the value; null where it ends too early. */
  finish(): Uint8Array | null
}

const NOTHING = new Uint8Array(0)
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Base64 in lines (RFC 2045 section 6.8), its padding required. */
export class Base64Decoder implements TransferDecoder {
  #carry = ''

  push(bytes: Uint8Array): Uint8Array | null {
    const text = this.#carry + latin1(bytes).replace(/[\r\n]+/g, '')
    if (!BASE64.test(text)) return null
    const whole = text.length - (text.length % 4)
    this.#carry = text.slice(whole)
    // What follows the padding is found here, at the next push: the padded group stays in front of it.
    if (text.endsWith('=') && whole === text.length) {
      this.#carry = text.slice(-4)
      return Buffer.from(text.slice(0, -4), 'base64')
    }
    return Buffer.from(text.slice(0, whole), 'base64')
  }

  finish(): Uint8Array | null {
    const rest = this.#carry
    if (rest === '') return NOTHING
    return rest.length === 4 ? Buffer.from(rest, 'base64') : null
  }
}

const EQUALS = 0x3d
const CR = 0x0d
const LF = 0x0a

/** Quoted-printable (RFC 2045 section 6.7). */
export class QuotedPrintableDecoder implements TransferDecoder {
  #carry: Uint8Array = NOTHING

  push(bytes: Uint8Array): Uint8Array | null {
    const input = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes])
    const output = new Uint8Array(input.length)
    let length = 0
    let i = 0
    while (i < input.length) {
      const byte = input[i] ?? 0
      if (byte !== EQUALS) {
        output[length++] = byte
        i++
        continue
      }
      if (i + 2 >= input.length) break
      const escaped = decodeEscape(input[i + 1] ?? 0, input[i + 2] ?? 0)
      if (escaped === null) return null
      if (escaped !== SOFT_BREAK) output[length++] = escaped
      i += 3
    }
    this.#carry = Uint8Array.from(input.subarray(i))
    return output.subarray(0, length)
  }

  finish(): Uint8Array | null {
    return this.#carry.length === 0 ? NOTHING : null
  }
}

const SOFT_BREAK = -1

function decodeEscape(first: number, second: number): number | null {
  if (first === CR && second === LF) return SOFT_BREAK
  const high = hexDigit(first)
  const low = hexDigit(second)
  return high === null || low === null ? null : high * 16 + low
}

function hexDigit(code: number): number | null {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code & 0xdf
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : null
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
