import { normalizeHeaders } from './reply.ts'

/** Every expected "no", prefixed by the stage that says it. */
export type RefusalCode =
  | 'LISTEN_BAD_REQUEST'
  | 'LISTEN_BODY_TOO_LARGE'
  | 'LISTEN_BODY_TOO_SLOW'
  | 'LISTEN_CLOSING'
  | 'LISTEN_EXPECTATION'
  | 'LISTEN_HEAD_TOO_LARGE'
  | 'LISTEN_HEAD_TOO_SLOW'
  | 'LISTEN_NOT_IMPLEMENTED'
  | 'LISTEN_TOO_MANY_CONNECTIONS'
  | 'LISTEN_UPGRADE'
  | 'LISTEN_URL_TOO_LONG'
  | 'LISTEN_VERSION'
  | 'ROUTE_BAD_PATH'
  | 'ROUTE_METHOD'
  | 'ROUTE_NOT_FOUND'
  | 'ROUTE_UNKNOWN_HOST'
  | 'AUTHN_BAD_CREDENTIALS'
  | 'AUTHN_BUSY'
  | 'AUTHN_CLEAR_TEXT'
  | 'AUTHN_LOCKED'
  | 'AUTHN_MALFORMED'
  | 'AUTHN_MISSING'
  | 'AUTHN_NOT_FRESH'
  | 'AUTHN_SESSION_UNKNOWN'
  | 'AUTHN_TOKEN_AUDIENCE'
  | 'AUTHN_TOKEN_EXPIRED'
  | 'AUTHN_TOKEN_INVALID'
  | 'AUTHN_TOKEN_NOT_YET'
  | 'AUTHN_TOKEN_REUSED'
  | 'AUTHN_TOKEN_REVOKED'
  | 'AUTHN_UNAVAILABLE'
  | 'AUTHN_WEAK_PASSWORD'
  | 'AUTHZ_CLOSED'
  | 'AUTHZ_GROUP'
  | 'AUTHZ_NO_OBJECT'
  | 'AUTHZ_PERMISSION'
  | 'AUTHZ_SCOPE'
  | 'PARAMS_INVALID'
  | 'PARAMS_MALFORMED'
  | 'PARAMS_MEDIA_TYPE'
  | 'PARAMS_TOO_LARGE'
  | 'HANDLE_FAULT'
  | 'HANDLE_NOT_FOUND'
  | 'HANDLE_REFUSED'
  | 'HANDLE_SHORTAGE'
  | 'HANDLE_TIMEOUT'
  | 'REPLY_PRECONDITION'
  | 'REPLY_RANGE'
  | 'SQL_BAD_VALUE'
  | 'SQL_BUSY'
  | 'SQL_CONFLICT'
  | 'SQL_REFERENCE'
  | 'SQL_SERIALIZATION'
  | 'SQL_TIMEOUT'
  | 'SQL_UNAVAILABLE'
  | 'DIAL_FAILED'
  | 'DIAL_FORBIDDEN'
  | 'DIAL_TIMEOUT'
  | 'DIAL_UNACCEPTABLE'
  | 'GUARD_CORS'
  | 'GUARD_CSRF'
  | 'GUARD_IDEMPOTENCY_BUSY'
  | 'GUARD_IDEMPOTENCY_KEY'
  | 'GUARD_OVERLOAD'
  | 'GUARD_RATE'
  | 'GUARD_UNAVAILABLE'
  | 'ROOMS_BAD_MESSAGE'
  | 'ROOMS_EXPIRED'
  | 'ROOMS_FULL'
  | 'ROOMS_NOT_RECOVERABLE'
  | 'ROOMS_NOT_TEXT'
  | 'ROOMS_RATE'
  | 'ROOMS_REPLAY'
  | 'ROOMS_REVOKED'
  | 'ROOMS_SILENT'
  | 'ROOMS_TOO_LARGE'
  | 'ROOMS_TOO_SLOW'

export interface RefusalKind {
  /** HTTP status of the answer (RFC 9110 section 15). */
  readonly status: number
  /** WebSocket close code where the refusal ends the connection (RFC 6455 section 7.4). */
  readonly close: number
  /** The sentence that the peer reads when the refusal carries none of its own. */
  readonly sentence: string
}

/** Status, close code and public sentence of each refusal: a code without a row does not compile. */
export const REFUSALS: Readonly<Record<RefusalCode, RefusalKind>> = {
  LISTEN_BAD_REQUEST: { status: 400, close: 1002, sentence: 'the request is malformed' },
  LISTEN_BODY_TOO_LARGE: { status: 413, close: 1009, sentence: 'the body is too large' },
  LISTEN_BODY_TOO_SLOW: { status: 408, close: 1008, sentence: 'the body came too slowly' },
  LISTEN_CLOSING: { status: 503, close: 1001, sentence: 'the server is closing' },
  LISTEN_EXPECTATION: { status: 417, close: 1002, sentence: 'the expectation is not supported' },
  LISTEN_HEAD_TOO_LARGE: { status: 431, close: 1009, sentence: 'the head of the request is too large' },
  LISTEN_HEAD_TOO_SLOW: { status: 408, close: 1008, sentence: 'the request came too slowly' },
  LISTEN_NOT_IMPLEMENTED: { status: 501, close: 1002, sentence: 'this is not implemented' },
  LISTEN_TOO_MANY_CONNECTIONS: { status: 503, close: 1013, sentence: 'too many connections' },
  LISTEN_UPGRADE: { status: 426, close: 1002, sentence: 'this needs a WebSocket of version 13' },
  LISTEN_URL_TOO_LONG: { status: 414, close: 1009, sentence: 'the address is too long' },
  LISTEN_VERSION: { status: 400, close: 1002, sentence: 'this version of HTTP is not supported' },
  ROUTE_BAD_PATH: { status: 400, close: 4400, sentence: 'the path is malformed' },
  ROUTE_METHOD: { status: 405, close: 4405, sentence: 'this method is not allowed here' },
  ROUTE_NOT_FOUND: { status: 404, close: 4404, sentence: 'there is nothing here' },
  ROUTE_UNKNOWN_HOST: { status: 421, close: 4421, sentence: 'this host is not served here' },
  AUTHN_BAD_CREDENTIALS: { status: 401, close: 4401, sentence: 'wrong login or password' },
  AUTHN_BUSY: { status: 503, close: 1013, sentence: 'too many logins at this moment' },
  AUTHN_CLEAR_TEXT: {
    status: 403,
    close: 4403,
    sentence: 'this needs TLS; credentials that came without it must be changed',
  },
  AUTHN_LOCKED: { status: 429, close: 4429, sentence: 'too many failed logins' },
  AUTHN_MALFORMED: { status: 401, close: 4401, sentence: 'the credentials are malformed' },
  AUTHN_MISSING: { status: 401, close: 4401, sentence: 'authentication is required' },
  AUTHN_NOT_FRESH: { status: 401, close: 4401, sentence: 'a more recent login is required' },
  AUTHN_SESSION_UNKNOWN: { status: 401, close: 4401, sentence: 'the session has ended' },
  AUTHN_TOKEN_AUDIENCE: { status: 401, close: 4401, sentence: 'invalid token' },
  AUTHN_TOKEN_EXPIRED: { status: 401, close: 4401, sentence: 'invalid token' },
  AUTHN_TOKEN_INVALID: { status: 401, close: 4401, sentence: 'invalid token' },
  AUTHN_TOKEN_NOT_YET: { status: 401, close: 4401, sentence: 'invalid token' },
  AUTHN_TOKEN_REUSED: { status: 401, close: 4401, sentence: 'invalid token' },
  AUTHN_TOKEN_REVOKED: { status: 401, close: 4401, sentence: 'invalid token' },
  AUTHN_UNAVAILABLE: { status: 503, close: 1013, sentence: 'authentication is not available at this moment' },
  AUTHN_WEAK_PASSWORD: { status: 400, close: 4400, sentence: 'the password is too weak' },
  AUTHZ_CLOSED: { status: 403, close: 4403, sentence: 'this is closed' },
  AUTHZ_GROUP: { status: 403, close: 4403, sentence: 'not in the group' },
  AUTHZ_NO_OBJECT: { status: 404, close: 4404, sentence: 'there is no such object' },
  AUTHZ_PERMISSION: { status: 403, close: 4403, sentence: 'permission denied' },
  AUTHZ_SCOPE: { status: 403, close: 4403, sentence: 'the token does not have the scope' },
  PARAMS_INVALID: { status: 400, close: 4400, sentence: 'the parameters are not valid' },
  PARAMS_MALFORMED: { status: 400, close: 4400, sentence: 'the body is malformed' },
  PARAMS_MEDIA_TYPE: { status: 415, close: 4415, sentence: 'this media type is not accepted' },
  PARAMS_TOO_LARGE: { status: 413, close: 1009, sentence: 'the body is too large' },
  HANDLE_FAULT: { status: 500, close: 1011, sentence: 'internal error' },
  HANDLE_NOT_FOUND: { status: 404, close: 4404, sentence: 'not found' },
  HANDLE_REFUSED: { status: 400, close: 4400, sentence: 'refused' },
  HANDLE_SHORTAGE: { status: 503, close: 1013, sentence: 'the server has no room at this moment' },
  HANDLE_TIMEOUT: { status: 503, close: 1013, sentence: 'this took too long' },
  REPLY_PRECONDITION: { status: 412, close: 4412, sentence: 'this is not the version that was asked for' },
  REPLY_RANGE: { status: 416, close: 4416, sentence: 'there are no bytes in this range' },
  SQL_BAD_VALUE: { status: 400, close: 4400, sentence: 'the database does not accept a value' },
  SQL_BUSY: { status: 503, close: 1013, sentence: 'the database is busy' },
  SQL_CONFLICT: { status: 409, close: 4409, sentence: 'this exists already' },
  SQL_REFERENCE: { status: 409, close: 4409, sentence: 'this refers to something, or something refers to it' },
  SQL_SERIALIZATION: { status: 503, close: 1013, sentence: 'others changed the same data, try again' },
  SQL_TIMEOUT: { status: 503, close: 1013, sentence: 'the database took too long' },
  SQL_UNAVAILABLE: { status: 503, close: 1013, sentence: 'the database is not available' },
  DIAL_FAILED: { status: 502, close: 1014, sentence: 'the other server could not be reached' },
  DIAL_FORBIDDEN: { status: 400, close: 4400, sentence: 'this address may not be fetched' },
  DIAL_TIMEOUT: { status: 504, close: 1014, sentence: 'the other server took too long' },
  DIAL_UNACCEPTABLE: { status: 502, close: 1014, sentence: 'the other server sent something that is not accepted' },
  GUARD_CORS: { status: 403, close: 4403, sentence: 'this origin is not allowed' },
  GUARD_CSRF: { status: 403, close: 4403, sentence: 'this request does not come from our own pages' },
  GUARD_IDEMPOTENCY_BUSY: { status: 409, close: 4409, sentence: 'the first call with this idempotency key still runs' },
  GUARD_IDEMPOTENCY_KEY: { status: 422, close: 4422, sentence: 'this idempotency key was used for another call' },
  GUARD_OVERLOAD: { status: 503, close: 1013, sentence: 'the server is overloaded' },
  GUARD_RATE: { status: 429, close: 4429, sentence: 'too many calls' },
  GUARD_UNAVAILABLE: { status: 503, close: 1013, sentence: 'this cannot be checked at this moment' },
  ROOMS_BAD_MESSAGE: { status: 400, close: 1007, sentence: 'the message is malformed' },
  ROOMS_EXPIRED: { status: 401, close: 4401, sentence: 'your credentials have expired: come back with new ones' },
  ROOMS_FULL: { status: 503, close: 1013, sentence: 'there is no place left here' },
  ROOMS_NOT_RECOVERABLE: { status: 410, close: 4410, sentence: 'what was missed cannot be recovered' },
  ROOMS_NOT_TEXT: { status: 415, close: 1003, sentence: 'only text is taken here, no binary messages' },
  ROOMS_RATE: { status: 429, close: 4429, sentence: 'too many messages' },
  ROOMS_REPLAY: { status: 401, close: 4401, sentence: 'this message was sent before, or at another time' },
  ROOMS_REVOKED: { status: 403, close: 4403, sentence: 'you may no longer listen here' },
  ROOMS_SILENT: { status: 408, close: 1001, sentence: 'nothing was heard for too long' },
  ROOMS_TOO_LARGE: { status: 413, close: 1009, sentence: 'the message is too large' },
  ROOMS_TOO_SLOW: { status: 503, close: 4508, sentence: 'messages were not read fast enough' },
}

export interface RefusalOptions {
  /** What the peer reads instead of the table's sentence. Never put a secret here. */
  readonly message?: string
  /** Why, for the audit and the log only. */
  readonly reason?: string
  /** Another HTTP status than the table's (`HANDLE_REFUSED` only). */
  readonly status?: number
  /** Response headers: name, value, name, value. */
  readonly headers?: readonly string[]
  /** One entry for each wrong parameter. */
  readonly errors?: readonly ParamError[]
  /** Where wrong credentials came in a cookie: the `Set-Cookie` value that clears it. */
  readonly clearCookie?: string
}

export interface ParamError {
  readonly parameter: string
  readonly message: string
}

/** An expected "no", given back as a value by stages; user code throws one made by `refuse()`. */
export class Refusal {
  readonly code: RefusalCode
  readonly status: number
  readonly message: string
  readonly reason: string
  readonly headers: readonly string[]
  readonly errors: readonly ParamError[]
  /** `Set-Cookie` value that clears the cookie in which wrong credentials came; null where they came otherwise. */
  readonly clearCookie: string | null

  constructor(code: RefusalCode, options: RefusalOptions = {}) {
    const kind = REFUSALS[code]
    this.code = code
    this.status = options.status ?? kind.status
    this.message = options.message ?? kind.sentence
    this.reason = options.reason ?? ''
    this.headers = options.headers === undefined ? NONE : normalizeHeaders(options.headers)
    this.errors = options.errors ?? NONE
    this.clearCookie = options.clearCookie ?? null
  }

  /** The same refusal with further response headers: name, value, name, value. */
  withHeaders(headers: readonly string[]): Refusal {
    const { message, reason, status, errors, clearCookie } = this
    const rest = clearCookie === null ? {} : { clearCookie }
    return new Refusal(this.code, { message, reason, status, errors, headers: [...this.headers, ...headers], ...rest })
  }

  get closeCode(): number {
    return REFUSALS[this.code].close
  }

  /** For a log, where a stream was broken off by a refusal. */
  toString(): string {
    return `${this.code}: ${this.message}`
  }
}

const NONE: readonly never[] = []

/**
 * Makes the "no" of a handler, to be thrown: `throw refuse(409, 'this name is taken')`.
 * `status` is 400 to 499, or 503.
 */
export function refuse(status: number, message: string, headers: readonly string[] = []): Refusal {
  if (!(status >= 400 && status < 500) && status !== 503) {
    throw new RangeError(`Cannot refuse with status ${status}: it must be 400 to 499, or 503`)
  }
  return new Refusal('HANDLE_REFUSED', { status, message, headers })
}

/** A value, or the reason why there is none. */
export type Outcome<Value> = Value | Refusal
/** What a stage gives: at once where nothing waits. */
export type MaybePromise<Value> = Value | Promise<Value>
