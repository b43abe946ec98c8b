import type { TestReply } from './exchange.ts'

/** What one request of a test sends, and what it expects. */
export interface RequestOptions {
  /** Fields of the query; a list is sent as repeated names. */
  readonly query?: Fields
  /** Body as JSON. */
  readonly json?: unknown
  /** Body as `application/x-www-form-urlencoded`. */
  readonly form?: Fields
  /** Files and fields as `multipart/form-data`; a list is sent as repeated names. */
  readonly files?: Readonly<Record<string, string | Blob | readonly Blob[]>>
  /** Body as it is; give its `content-type` in `headers`. */
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** Status, or all that is expected; a difference fails the test and shows the exchange. */
  readonly expect?: number | Expectation
}

export type FieldValue = string | number | boolean
export type Fields = Readonly<Record<string, FieldValue | readonly FieldValue[]>>

export interface Expectation {
  readonly status?: number
  /** The body as JSON, compared deeply. */
  readonly json?: unknown
  /** A part of the body as text, or a pattern of it. */
  readonly text?: string | RegExp
  /** Headers that must be there, as text or pattern. */
  readonly headers?: Readonly<Record<string, string | RegExp>>
  /** Anything else; throws where it fails. */
  readonly check?: (reply: TestReply) => void
}

/** Body and content type of a request. */
export async function encodeBody(options: RequestOptions): Promise<{ bytes: Uint8Array | null; type: string | null }> {
  if (options.json !== undefined) return { bytes: encode(JSON.stringify(options.json)), type: 'application/json' }
  if (options.form !== undefined) {
    return { bytes: encode(formatFields(options.form)), type: 'application/x-www-form-urlencoded' }
  }
  if (options.files !== undefined) return encodeMultipart(options.files)
  if (options.body === undefined) return { bytes: null, type: null }
  return { bytes: typeof options.body === 'string' ? encode(options.body) : options.body, type: null }
}

/** `a=1&b=2`, percent-encoded. */
export function formatFields(fields: Fields): string {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) pairs.append(name, String(one))
  }
  return pairs.toString()
}

async function encodeMultipart(
  files: NonNullable<RequestOptions['files']>,
): Promise<{ bytes: Uint8Array; type: string | null }> {
  const form = new FormData()
  for (const [name, value] of Object.entries(files)) {
    if (typeof value === 'string') form.append(name, value)
    else for (const blob of [value].flat()) form.append(name, blob)
  }
  const response = new Response(form)
  return { bytes: new Uint8Array(await response.arrayBuffer()), type: response.headers.get('content-type') }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
