import { Refusal } from '../core/refusal.ts'
import { normalizeHeaders } from '../core/reply.ts'
import { formatAttachment } from '../wire/content-disposition.ts'
import { parseMediaType } from '../wire/media-type.ts'

export interface ReplyOptions {
  /** HTTP status, 200 by default. */
  readonly status?: number
  /** Response headers by name; a list is sent as several fields. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** A value with a status and headers of its own. */
export class Reply<Body = unknown> {
  readonly body: Body
  readonly status: number
  readonly headers: readonly string[]

  constructor(body: Body, status: number, headers: readonly string[]) {
    this.body = body
    this.status = status
    this.headers = headers
  }
}

/** Plain text, not JSON. */
export class Text {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const NO_HEADERS: readonly string[] = []

/** Answers `body` with another status or with headers: `reply(body, { status: 409 })`. */
export function reply<Body>(body: Body, options: ReplyOptions = {}): Reply<Body> {
  const status = options.status ?? 200
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`Cannot reply with status ${status}: it must be an integer from 200 to 599`)
  }
  return new Reply(body, status, options.headers === undefined ? NO_HEADERS : flatten(options.headers))
}

function flatten(headers: NonNullable<ReplyOptions['headers']>): readonly string[] {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [name, value] : value.flatMap((one) => [name, one]),
  )
  return normalizeHeaders(pairs)
}

/** 201 with what was created, and where it is (RFC 9110 section 15.3.2). */
export function created<Body>(body: Body, location?: string): Reply<Body> {
  return reply(body, {
    status: 201,
    ...(location === undefined ? {} : { headers: { location: encodeLocation(location) } }),
  })
}

const NO_CONTENT = new Reply(undefined, 204, NO_HEADERS)

/** 204: done, and nothing to say (RFC 9110 section 15.3.5). */
export function noContent(): Reply<undefined> {
  return NO_CONTENT
}

/** The value, or 404 where it is null or undefined: `found(await sql.getStuff({ … }))`. */
export function found<Value>(value: Value extends Promise<unknown> ? never : Value): NonNullable<Value> {
  if (value instanceof Promise) throw new TypeError('Cannot tell whether it was found: there is a promise; await it')
  if (value === null || value === undefined) throw new Refusal('HANDLE_NOT_FOUND')
  return value
}

/** 204 when rows were changed, 404 when none was: `changed(await sql.updateStuff({ … }))`. */
export function changed(rows: number): Reply<undefined> {
  if (typeof rows !== 'number')
    throw new TypeError('Cannot tell whether rows were changed: that is no number; await it')
  if (rows === 0) throw new Refusal('HANDLE_NOT_FOUND')
  return NO_CONTENT
}

/** Sends the peer elsewhere: 303 by default, so that the next request is a GET (RFC 9110 section 15.4.4). */
export function redirect(location: string, status: 301 | 302 | 303 | 307 | 308 = 303): Reply<undefined> {
  return reply(undefined, { status, headers: { location: encodeLocation(location) } })
}

/** Plain text (`text/plain; charset=utf-8`); a string alone is sent as JSON. */
export function text(body: string): Text {
  return new Text(body)
}

const encoder = new TextEncoder()

/**
 * A download: browsers keep it as a file of this name and never show it as a page. The name may come from anybody: it
 * becomes one that is safe. `type` is `application/octet-stream` by default; text is sent as UTF-8.
 */
export function attachment<Body extends string | Uint8Array | AsyncIterable<string | Uint8Array>>(
  body: Body,
  name: string,
  type = 'application/octet-stream',
): Reply<Uint8Array | Exclude<Body, string>> {
  const media = parseMediaType(type)
  if (media === null) throw new TypeError(`Cannot reply with the type "${type}": it is no media type`)
  const isUtf8 = typeof body === 'string' && media.essence.startsWith('text/') && !media.parameters.has('charset')
  const headers = {
    'content-type': isUtf8 ? `${type}; charset=utf-8` : type,
    'content-disposition': formatAttachment(name),
  }
  // What is no text is one of the other bodies.
  const bytes = typeof body === 'string' ? encoder.encode(body) : (body as Exclude<Body, string>)
  return reply(bytes, { headers })
}

function encodeLocation(location: string): string {
  // `encodeURI` would encode the percent signs of an address that is encoded already.
  return encodeURI(location).replaceAll('%25', '%')
}
