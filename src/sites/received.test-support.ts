import type { Received } from '../core/received.ts'
import { type Outcome, Refusal } from '../core/refusal.ts'
import type { EncodedReply } from '../core/reply.ts'

/** A message as a listener would give it, for the tests of this room. */
export function receivedOf(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  { method = 'GET', body = '', host = 'example.org' }: { method?: string; body?: string; host?: string } = {},
): Received {
  const [bare = '', query = ''] = path.split('?')
  return {
    transport: 'http',
    method,
    path: bare,
    query,
    host,
    peer: { address: '192.0.2.1', port: 1, isSecure: true, isDirectLoopback: false },
    hasBody: body !== '',
    signal: new AbortController().signal,
    header: (name) => headers[name],
    headerPairs: () => Object.entries(headers).flat(),
    readBody: () => Buffer.from(body),
    async *streamBody() {
      yield Buffer.from(body)
    },
  }
}

/** A reply as a client would see it: its whole body, its headers by name. */
export interface SeenReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Reads a reply to its end, as a listener does; throws when it is a refusal. */
export async function readReply(outcome: Outcome<EncodedReply> | Promise<Outcome<EncodedReply>>): Promise<SeenReply> {
  const reply = await outcome
  if (reply instanceof Refusal) throw new Error(`Refused: ${reply.code} ${reply.message}`)
  const headers: Record<string, string> = {}
  const pairs = [...reply.head.pairs, ...(reply.headers ?? [])]
  for (let i = 0; i < pairs.length; i += 2) headers[(pairs[i] ?? '').toLowerCase()] = pairs[i + 1] ?? ''
  const chunks: Uint8Array[] = []
  if (typeof reply.body === 'string') chunks.push(Buffer.from(reply.body))
  else if (reply.body instanceof Uint8Array) chunks.push(reply.body)
  else if (reply.body !== null) for await (const chunk of reply.body) chunks.push(chunk)
  reply.onEnd?.(null)
  return { status: reply.status, headers, body: Buffer.concat(chunks) }
}

/** The refusal in an outcome; throws when it is a reply. */
export async function readRefusal(outcome: Outcome<EncodedReply> | Promise<Outcome<EncodedReply>>): Promise<Refusal> {
  const refusal = await outcome
  if (refusal instanceof Refusal) return refusal
  throw new Error(`Not refused: ${refusal.status}`)
}
