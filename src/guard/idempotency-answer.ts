import type { EncodedReply, HeadBlock } from '../core/reply.ts'

interface StoredAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string | null
  /** True where `body` is base64 of bytes, false where it is the text itself. */
  readonly isBase64: boolean
}

/** The text of a reply. Throws a `TypeError` when its body is a stream, a `RangeError` when it is too large to keep. */
export function formatAnswer(reply: EncodedReply, bytesMax: number): string {
  const { status, body } = reply
  if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new TypeError('Cannot keep the answer of an idempotent call: its body is a stream, it must be text or bytes')
  }
  const bytes = body === null ? 0 : Buffer.byteLength(body)
  if (bytes > bytesMax) {
    throw new RangeError(`Cannot keep the answer of an idempotent call: it has ${bytes} bytes, at most ${bytesMax}`)
  }
  const isBase64 = body instanceof Uint8Array
  const text = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : body
  const answer: StoredAnswer = { status, headers: keptHeaders(reply), body: text, isBase64 }
  return JSON.stringify(answer)
}

/** The reply again, with the fixed headers of today (`bare`) and one that says that it is a repetition. */
export function parseAnswer(text: string, bare: HeadBlock): EncodedReply {
  // Only `formatAnswer` writes these records.
  const { status, headers, body, isBase64 } = JSON.parse(text) as StoredAnswer
  return {
    status,
    head: bare,
    headers: [...headers, 'idempotent-replayed', 'true'],
    body: body !== null && isBase64 ? Buffer.from(body, 'base64') : body,
  }
}

/** The type of the body and what the handler said; no cookie, so that a repetition hands out no session again. */
function keptHeaders({ head, headers }: EncodedReply): readonly string[] {
  const kept: string[] = []
  keep(head.pairs, kept, (name) => name === 'content-type')
  keep(headers ?? [], kept, (name) => name !== 'set-cookie')
  return kept
}

function keep(pairs: readonly string[], kept: string[], isKept: (name: string) => boolean): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const [name = '', value = ''] = [pairs[i], pairs[i + 1]]
    if (isKept(name.toLowerCase())) kept.push(name, value)
  }
}
