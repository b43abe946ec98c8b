import { decodeBase64url } from './base64url.ts'

/** The parts of a compact JWS (RFC 7515 section 7.1) whose payload is a JSON object: a JWT. Nothing is trusted yet. */
export interface Jws {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  /** What is signed: the first two parts as sent. */
  readonly signed: string
  readonly signature: Buffer
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Takes a compact JWS apart; null on anything but three canonical parts of which two are JSON objects. */
export function parseJws(text: string): Jws | null {
  const parts = text.split('.', 4)
  const [headerText, payloadText, signatureText] = parts
  if (parts.length !== 3 || headerText === undefined || payloadText === undefined || !signatureText) return null
  const header = parseObject(headerText)
  const payload = parseObject(payloadText)
  const signature = decodeBase64url(signatureText)
  if (header === null || payload === null || signature === null) return null
  return { header, payload, signed: text.slice(0, headerText.length + 1 + payloadText.length), signature }
}

function parseObject(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = decodeBase64url(part)
  if (bytes === null) return null
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null // Neither UTF-8 nor JSON: said by the caller.
  }
}

/** The part of a compact JWS that holds `value`. */
export function formatPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
