import { REFUSALS, type RefusalCode } from '../core/refusal.ts'
import type { AppView } from '../pipeline/app-view.ts'
import { problemType } from '../reply/refusal-reply.ts'
import { type Json, refTo, type Response } from './openapi-document.ts'
import type { NamedRefusal } from './read-handler.ts'

/** How the refusals of an app are written. */
export type RefusalStyle = Pick<AppView, 'errors' | 'hasErrorPages'>

/** One response for each status, with an example for each of its refusals. */
export function describeRefusals(
  refusals: readonly NamedRefusal[],
  style: RefusalStyle,
): Readonly<Record<string, Response>> {
  const byStatus = new Map<number, Set<RefusalCode>>()
  for (const { status, code } of refusals) {
    const codes = byStatus.get(status) ?? new Set()
    byStatus.set(status, codes.add(code))
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, describeStatus(status, [...codes], style)]))
}

function describeStatus(status: number, codes: readonly RefusalCode[], style: RefusalStyle): Response {
  const sentences = [...new Set(codes.map((code) => REFUSALS[code].sentence))]
  const examples = Object.fromEntries(codes.map((code) => [code, refTo('examples', exampleName(code, status))]))
  const headers = HEADERS[status]
  return {
    description: `${sentences.join('; ').replace(/^./, (first) => first.toUpperCase())}.`,
    ...(headers === undefined ? {} : { headers: { [headers]: refTo('headers', headers) } }),
    content: {
      [MEDIA_TYPES[style.errors]]: { schema: refTo('schemas', SCHEMA_NAMES[style.errors]), examples },
      ...(style.hasErrorPages ? { 'text/html; charset=utf-8': { schema: { type: 'string' } } } : {}),
    },
  }
}

const HEADERS: Readonly<Record<number, 'Retry-After' | 'WWW-Authenticate'>> = {
  401: 'WWW-Authenticate',
  429: 'Retry-After',
}

/** Descriptions of the headers that refusals have. */
export const HEADER_COMPONENTS: Readonly<Record<string, Json>> = {
  'WWW-Authenticate': {
    description: 'How the caller may say who they are (RFC 9110 section 11.6.1).',
    schema: { type: 'string' },
  },
  'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer', minimum: 0 } },
}

const MEDIA_TYPES: Readonly<Record<AppView['errors'], string>> = {
  problem: 'application/problem+json',
  'json:error': 'application/json',
  text: 'text/plain; charset=utf-8',
}
const SCHEMA_NAMES: Readonly<Record<AppView['errors'], string>> = {
  problem: 'Problem',
  'json:error': 'Error',
  text: 'ErrorText',
}

const PROBLEM: Json = {
  type: 'object',
  description: 'Why a call was refused (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri', description: 'The kind of refusal.' },
    title: { type: 'string', description: 'The kind of refusal in words.' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What was wrong with this call.' },
    code: { type: 'string', description: 'The kind of refusal as a word that stays the same.' },
    instance: { type: 'string', description: 'Id of the call, to be quoted to those who run the server.' },
    errors: {
      type: 'array',
      description: 'One entry for each wrong parameter.',
      items: {
        type: 'object',
        properties: { parameter: { type: 'string' }, message: { type: 'string' } },
        required: ['parameter', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
}

/** The schema of refusals, by its name. */
export function refusalSchemas({ errors }: RefusalStyle): Readonly<Record<string, Json>> {
  if (errors === 'problem') return { Problem: PROBLEM }
  if (errors === 'text') return { ErrorText: { type: 'string', description: 'Why a call was refused.' } }
  const error = { type: 'string', description: 'Why a call was refused.' }
  return { Error: { type: 'object', properties: { error }, required: ['error'] } }
}

/** A code that handlers use with several statuses has an example for each. */
function exampleName(code: RefusalCode, status: number): string {
  return REFUSALS[code].status === status ? code : `${code}_${status}`
}

/** An example for each refusal of the list. */
export function describeExamples(
  refusals: readonly NamedRefusal[],
  style: RefusalStyle,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    refusals.map(({ code, status }) => [
      exampleName(code, status),
      { summary: REFUSALS[code].sentence, value: exampleOf(code, status, style.errors) },
    ]),
  )
}

function exampleOf(code: RefusalCode, status: number, errors: AppView['errors']): unknown {
  const { sentence } = REFUSALS[code]
  if (errors === 'json:error') return { error: sentence }
  if (errors === 'text') return `${sentence}\n`
  return { type: problemType(code), title: sentence, status, detail: sentence, code, instance: '0198c0de-1' }
}

/** What a server may say to any message, whatever its route: the protocol and its limits. */
export const PROTOCOL_REFUSALS: readonly NamedRefusal[] = Object.entries(REFUSALS)
  .filter(([code, { status }]) => code.startsWith('LISTEN_') && code !== 'LISTEN_UPGRADE' && status < 500)
  .map(([code, { status }]) => ({ code: code as RefusalCode, status })) // the keys of REFUSALS
