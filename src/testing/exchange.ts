/** A request as the test client sends it. */
export interface TestRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | null
}

/** What came back. */
export class TestReply {
  readonly status: number
  /** Name, value, name, value; names lower-case. */
  readonly headers: readonly string[]
  readonly bytes: Uint8Array

  constructor(status: number, headers: readonly string[], bytes: Uint8Array) {
    this.status = status
    this.headers = headers
    this.bytes = bytes
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes)
  }

  /** The body as JSON; throws where it is none. */
  get json(): unknown {
    return JSON.parse(this.text) as unknown // any JSON value
  }

  /** All values of a header, joined by `, `; undefined where it is absent. */
  header(name: string): string | undefined {
    const values = this.headerValues(name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  headerValues(name: string): readonly string[] {
    const wanted = name.toLowerCase()
    return this.headers.filter((_, i) => i % 2 === 1 && this.headers[i - 1]?.toLowerCase() === wanted)
  }
}

const BODY_CHARS = 1000

/** An exchange for a person: what was sent, what came back, secrets of the head left out. */
export function formatExchange(request: TestRequest, reply: TestReply): string {
  return [
    `> ${request.method} ${request.target}`,
    ...formatHeaders('>', request.headers),
    ...formatBody('>', request.body ?? new Uint8Array()),
    `< ${reply.status}`,
    ...formatHeaders('<', reply.headers),
    ...formatBody('<', reply.bytes),
  ].join('\n')
}

function formatHeaders(mark: string, pairs: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (let i = 0; i < pairs.length; i += 2) {
    const name = (pairs[i] ?? '').toLowerCase()
    lines.push(`${mark} ${name}: ${SECRET_HEADERS.has(name) ? '…' : pairs[i + 1]}`)
  }
  return lines
}

const SECRET_HEADERS = new Set(['authorization', 'cookie', 'set-cookie'])

function formatBody(mark: string, bytes: Uint8Array): readonly string[] {
  if (bytes.length === 0) return []
  const text = new TextDecoder().decode(bytes)
  const shown = text.length > BODY_CHARS ? `${text.slice(0, BODY_CHARS)}… (${bytes.length} bytes)` : text
  return [mark, ...shown.split('\n').map((line) => `${mark} ${line}`)]
}
