import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { describeSchema } from '../params/describe-param.ts'
import { liftSchema, type SchemaPool } from './lift-schema.ts'
import type { Response } from './openapi-document.ts'
import type { HandlerFacts } from './read-handler.ts'
import { anyOf, type HandlerResult } from './read-result.ts'
import { type SentKind, sentKindOf } from '../core/sent-kind.ts'
import { writtenHandler } from './written-handler.ts'

export interface ReplyPlan {
  readonly route: CompiledRoute
  readonly facts: HandlerFacts
  /** Begins the names of shared schemas. */
  readonly owner: string
  readonly pool: SchemaPool
}

/** What the route answers when nothing refuses: by its declaration, else by what its handler says. */
export function describeReplies({ route, facts, owner, pool }: ReplyPlan): Readonly<Record<string, Response>> {
  const { spec, takesAny } = route.declaration
  if (takesAny === true) return { ...FILE_REPLIES, ...FOLDER_REPLIES }
  const kind = sentKindOf(writtenHandler(route))
  if (kind !== null) return REPLIES_OF_KIND[kind]
  const { reply, status } = spec
  const schema = reply === undefined ? null : liftSchema(describeSchema(reply), `${owner}_reply`, pool)
  const results = facts.results.map((result) => ({
    ...result,
    ...(status === undefined ? {} : { status }),
    ...(schema === null ? {} : { schema, type: JSON_TYPE }),
  }))
  const byStatus = Map.groupBy(results, (result) => result.status)
  return Object.fromEntries([...byStatus].map(([one, list]) => [one, formatReply(one, list)]))
}

const JSON_TYPE = 'application/json'

function formatReply(status: number, results: readonly HandlerResult[]): Response {
  const isElsewhere = status >= 300 && status < 400
  const content = status === 204 || isElsewhere ? {} : contentOf(results)
  return {
    description: SENTENCES[status] ?? 'Done.',
    ...(status === 201 || isElsewhere ? { headers: LOCATION } : {}),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  }
}

/** The media types of the results, each with what is known of its bodies. */
function contentOf(results: readonly HandlerResult[]): NonNullable<Response['content']> {
  const byType = Map.groupBy(results, ({ type }) => type)
  const entries = [...byType].flatMap(([type, list]) =>
    type === null ? [] : [[type, { schema: anyOf(list.map(({ schema }) => schema)) ?? {} }] as const],
  )
  return Object.fromEntries(entries)
}

const LOCATION = {
  Location: { description: 'Where it is.', schema: { type: 'string', format: 'uri-reference' } },
}

const SENTENCES: Readonly<Record<number, string>> = {
  200: 'What was asked for.',
  201: 'It was created.',
  202: 'It will be done.',
  204: 'Done; there is nothing to say.',
  303: 'What was asked for is elsewhere.',
}

const FILE = { content: { '*/*': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } } }
/** Files are read in parts, and not read again where they have not changed (RFC 9110 sections 13 and 14). */
const FILE_REPLIES: Readonly<Record<string, Response>> = {
  200: { description: 'The file.', ...FILE },
  206: { description: 'The part of the file that was asked for.', ...FILE },
  304: { description: 'The file has not changed.' },
}
const PAGE_REPLIES: Readonly<Record<string, Response>> = {
  200: { description: 'A page.', content: { 'text/html; charset=utf-8': { schema: { type: 'string' } } } },
}
const FOLDER_REPLIES: Readonly<Record<string, Response>> = {
  308: { description: 'The folder is at the address with a slash at its end.', headers: LOCATION },
}

const REPLIES_OF_KIND: Readonly<Record<SentKind, Readonly<Record<string, Response>>>> = {
  file: FILE_REPLIES,
  page: PAGE_REPLIES,
  join: {
    101: { description: 'The connection becomes a WebSocket: messages both ways.' },
    200: { description: 'Events, as they happen.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
  },
  message: {
    200: { description: 'The answer to the message.', content: { 'application/json': { schema: {} } } },
    204: { description: 'The message was taken.' },
  },
}
