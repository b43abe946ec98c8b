import assert from 'node:assert/strict'
import { defaultLimits, type Limits } from '../core/limits.ts'
import type { ParamShape } from '../core/params.ts'
import type { Received } from '../core/received.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { type Binder, compileBinder } from './binder.ts'
import { type ParsedBody, readParsedBody } from './read-body.ts'

export interface Sent {
  readonly path?: readonly string[]
  readonly query?: string
  readonly json?: unknown
  readonly form?: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: Readonly<Record<string, string>>
}

export interface BinderRules {
  readonly pathNames?: readonly string[]
  readonly ignored?: readonly string[]
  readonly limits?: Partial<Limits>
}

export function binderOf(shape: ParamShape, rules: BinderRules = {}): Binder {
  return compileBinder({
    where: 'GET /test',
    pathNames: rules.pathNames ?? [],
    shape,
    ignored: new Set(rules.ignored),
    limits: { ...defaultLimits, ...rules.limits },
  })
}

const NO_SIGNAL = new AbortController().signal

/** A message with a body, which comes in pieces of `pieceBytes`. */
export function receivedOf(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  pieceBytes = 65_536,
): Received {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const tooLarge = new Refusal('LISTEN_BODY_TOO_LARGE')
  return {
    transport: 'http',
    method: 'POST',
    path: '/test',
    query: '',
    host: 'localhost',
    peer: { address: '127.0.0.1', port: 1, isSecure: false, isDirectLoopback: true },
    hasBody: true,
    signal: NO_SIGNAL,
    header: (name) => headers[name],
    headerPairs: () => Object.entries(headers).flat(),
    readBody: (bytesMax) => (bytes.length > bytesMax ? tooLarge : bytes),
    async *streamBody(bytesMax) {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        if (at + pieceBytes > bytesMax && bytes.length > bytesMax) throw tooLarge
        yield bytes.slice(at, at + pieceBytes)
      }
    },
  }
}

function bodyOf(sent: Sent): MaybePromise<Outcome<ParsedBody>> | null {
  const options = { bodyBytesMax: defaultLimits.bodyBytesMax, limits: defaultLimits }
  const read = (body: string | Uint8Array, type: string): MaybePromise<Outcome<ParsedBody>> =>
    readParsedBody(receivedOf(body, { 'content-type': type, ...sent.headers }), options)
  if (sent.json !== undefined) return read(JSON.stringify(sent.json), 'application/json')
  if (sent.form !== undefined) return read(sent.form, 'application/x-www-form-urlencoded')
  return sent.body === undefined ? null : read(sent.body, '')
}

/** Binds what was sent; a body that is refused is the outcome. */
export function bindTo(binder: Binder, sent: Sent): MaybePromise<Outcome<Readonly<Record<string, unknown>>>> {
  const body = bodyOf(sent)
  assert.ok(!(body instanceof Promise), 'a body that is here already is read at once')
  if (body instanceof Refusal) return body
  return binder.bind({
    pathValues: sent.path ?? [],
    query: sent.query ?? '',
    body,
    header: (name) => sent.headers?.[name],
    cookie: (name) => sent.cookies?.[name],
  })
}

/** The arguments; fails where the call is refused, or where it waits. */
export function argsOf(binder: Binder, sent: Sent): Readonly<Record<string, unknown>> {
  const outcome = bindTo(binder, sent)
  assert.ok(!(outcome instanceof Promise), 'nothing waits')
  assert.ok(!(outcome instanceof Refusal), outcome instanceof Refusal ? outcome.message : '')
  return outcome
}

/** The refusal; fails where the call is bound. */
export function refusalOf(binder: Binder, sent: Sent): Refusal {
  const outcome = bindTo(binder, sent)
  assert.ok(outcome instanceof Refusal, `refused: ${JSON.stringify(outcome)}`)
  return outcome
}

export function messageOf(binder: Binder, sent: Sent): string {
  return refusalOf(binder, sent).message
}
