import type { Limits } from '../core/limits.ts'
import type { Received } from '../core/received.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import { decodeForm } from '../wire/forms.ts'
import { parseJson, sayJsonProblem } from '../wire/json.ts'
import { type MediaType, parseMediaType } from '../wire/media-type.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { malformed, type ReadBodyOptions, tooManyFields } from './body-options.ts'
import { findBadText } from './convert-text.ts'
import { isJsonObject, jsonBody, NO_BODY, type ParsedBody, parsedBody } from './parsed-body.ts'
import { readMultipart } from './read-multipart.ts'

export type { ReadBodyOptions } from './body-options.ts'
export type { ParsedBody } from './parsed-body.ts'

const ACCEPTED = 'application/json, application/x-www-form-urlencoded, multipart/form-data'

// What nearly all clients send, without parsing it again for each call.
const COMMON: ReadonlyMap<string, 'json' | 'form'> = new Map([
  ['application/json', 'json'],
  ['application/json; charset=utf-8', 'json'],
  ['application/json;charset=utf-8', 'json'],
  ['application/json;charset=UTF-8', 'json'],
  ['application/x-www-form-urlencoded', 'form'],
  ['application/x-www-form-urlencoded;charset=UTF-8', 'form'],
])

/**
 * Reads a body and takes it apart by its media type: JSON, a form or a multipart form, in UTF-8. Refuses what is
 * malformed (400), too large (413) or of another type (415). Synchronous where the body is here already. Its `release`
 * must be called when the call ends.
 */
export function readParsedBody(received: Received, options: ReadBodyOptions): MaybePromise<Outcome<ParsedBody>> {
  const contentType = received.header('content-type') ?? ''
  const kind = COMMON.get(contentType)
  const coding = received.header('content-encoding')
  if (coding !== undefined && coding.toLowerCase() !== 'identity') return refuseCoding()
  // Taken for the whole, a part would overwrite the rest (RFC 9110 section 14.5).
  if (received.method === 'PUT' && received.header('content-range') !== undefined) {
    return malformed('the body is a part (Content-Range), and only the whole is taken')
  }
  if (kind !== undefined) return readWhole(received, options, kind)
  const mediaType = parseMediaType(contentType)
  const kindFound = mediaType === null ? null : kindOf(mediaType)
  if (kindFound === 'multipart' && mediaType !== null) {
    return readMultipart(received, mediaType.parameters.get('boundary') ?? '', options)
  }
  // A peer that asks first (`Expect: 100-continue`) is told before it sends anything.
  if (kindFound === null && Number(received.header('content-length') ?? 0) > 0) return refuseType()
  return readWhole(received, options, kindFound)
}

function kindOf({ essence, parameters }: MediaType): ParsedBody['kind'] | null {
  const charset = parameters.get('charset')
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') return null
  if (essence === 'application/json' || essence.endsWith('+json')) return 'json'
  if (essence === 'application/x-www-form-urlencoded') return 'form'
  return essence === 'multipart/form-data' ? 'multipart' : null
}

function readWhole(
  received: Received,
  options: ReadBodyOptions,
  kind: ParsedBody['kind'] | null,
): MaybePromise<Outcome<ParsedBody>> {
  const conclude = (bytes: Outcome<Uint8Array>): Outcome<ParsedBody> => {
    if (bytes instanceof Refusal) return bytes
    // No bytes are no body, whatever its type was to be.
    if (bytes.length === 0) return NO_BODY
    if (kind === 'json') return decodeJsonBody(bytes, options.limits)
    return kind === 'form' ? decodeFormBody(bytes, options.limits) : refuseType()
  }
  const bytes = received.readBody(options.bodyBytesMax)
  return bytes instanceof Promise ? bytes.then(conclude) : conclude(bytes)
}

function decodeJsonBody(bytes: Uint8Array, limits: Limits): Outcome<ParsedBody> {
  const text = decodeUtf8(bytes)
  if (text === null) return malformed('the body is not valid UTF-8')
  const { value, problem } = parseJson(text, { depthMax: limits.jsonDepthMax, hasSafeNames: true })
  if (problem !== null) return malformed(sayJsonProblem('the body', problem, limits.jsonDepthMax))
  // Only an escape can hold what is no text: raw bytes were checked.
  const hasEscapes = text.includes('\\u')
  if (!isJsonObject(value)) {
    const problemOfText = hasEscapes ? findBadText(value) : null
    return problemOfText === null ? parsedBody({ kind: 'json', value }) : malformed(`the body ${problemOfText}`)
  }
  return jsonBody(value, hasEscapes)
}

function decodeFormBody(bytes: Uint8Array, { formFieldsMax }: Limits): Outcome<ParsedBody> {
  const form = decodeForm(bytes, formFieldsMax)
  if (form === 'malformed') return malformed('the form is not valid percent-encoded UTF-8')
  if (form === 'too-many') return tooManyFields(formFieldsMax)
  const { fields, malformed: names } = form
  if (names.length === 0) return parsedBody({ kind: 'form', fields })
  return parsedBody({
    kind: 'form',
    fields,
    problems: new Map(names.map((name) => [name, 'is not valid percent-encoded UTF-8'])),
  })
}

// RFC 9110 section 15.5.16: a 415 says what would have been taken.
function refuseType(): Refusal {
  return new Refusal('PARAMS_MEDIA_TYPE', {
    message: `the media type of the body is not accepted: send ${ACCEPTED.replace(/, (?=multipart)/, ' or ')}, in UTF-8`,
    headers: ['accept', ACCEPTED],
  })
}

function refuseCoding(): Refusal {
  return new Refusal('PARAMS_MEDIA_TYPE', {
    message: 'the body is compressed: send it as it is',
    headers: ['accept-encoding', 'identity'],
  })
}
