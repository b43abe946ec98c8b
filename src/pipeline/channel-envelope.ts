import { isJsonObject, jsonBody, type ParsedBody, parsedBody } from '../params/parsed-body.ts'
import { Refusal, type Outcome } from '../core/refusal.ts'
import { parseJson, sayJsonProblem } from '../wire/json.ts'

/** One message of a member: `{ "type": "say", "params": { "text": "hello" }, "id": 1 }`. */
export interface Envelope {
  readonly type: string
  /** What the member calls its message, to know the answer to it; null: it wants none. */
  readonly id: string | number | null
  readonly body: ParsedBody
}

const ID_CHARACTERS_MAX = 100
const NAMES: ReadonlySet<string> = new Set(['type', 'params', 'id'])

/** Takes the JSON text of a message apart. */
export function parseEnvelope(text: string, depthMax: number): Outcome<Envelope> {
  const { value, problem } = parseJson(text, { depthMax, hasSafeNames: true })
  if (problem !== null) return malformed(sayJsonProblem('the message', problem, depthMax))
  return readEnvelope(value, text.includes('\\u'))
}

/** The same of a JSON value. `hasEscapes`: its strings may hold what is no text. */
export function readEnvelope(value: unknown, hasEscapes: boolean): Outcome<Envelope> {
  if (!isJsonObject(value)) return malformed('a message is an object: {"type": "…", "params": {…}}')
  const { type, params = {}, id = null } = value
  const unknown = Object.keys(value).find((name) => !NAMES.has(name))
  if (unknown !== undefined) return malformed('a message has type, params and id, and nothing else')
  if (typeof type !== 'string') return malformed('a message has a type')
  if (!isJsonObject(params)) return malformed('the params of a message are an object')
  if (!isId(id)) return malformed('the id of a message is a number or a short text')
  return { type, id, body: jsonBody(params, hasEscapes) }
}

/** A line of plain text as the one parameter that takes it. */
export function textBody(param: string, text: string): ParsedBody {
  return parsedBody({ kind: 'form', fields: new Map([[param, text]]) })
}

/** True for what a client may leave out. */
export function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isId(id: unknown): id is string | number | null {
  return id === null || Number.isFinite(id) || (typeof id === 'string' && id.length <= ID_CHARACTERS_MAX)
}

/** The refusal of a message that has not the form of one. */
export function malformed(message: string): Refusal {
  return new Refusal('ROOMS_BAD_MESSAGE', { message })
}
