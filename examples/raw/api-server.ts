// A small API from the socket up: notes in memory, as JSON. Run: node api-server.ts 8000
//   curl 127.0.0.1:8000/notes --json '{"text": "buy milk"}'
//   curl 127.0.0.1:8000/notes
import { createTcpListener, httpMessages, type HttpRequest, type HttpResponse, type TcpListener } from 'guichet/sockets'

interface Note {
  readonly id: number
  readonly text: string
}

const NOTES_MAX = 1000

function json(status: number, value: unknown, headers: readonly string[] = []): HttpResponse {
  return { status, headers: ['content-type', 'application/json', ...headers], body: `${JSON.stringify(value)}\n` }
}

function notAllowed(methods: string): HttpResponse {
  return json(405, { error: 'this method is not allowed here' }, ['allow', methods])
}

function readText(body: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    const isNote = typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
    return isNote ? String(value.text) : null
  } catch {
    return null
  }
}

/** The API: from a request to a response, without any socket. */
function createApi(): (request: HttpRequest) => HttpResponse {
  const notes = new Map<number, Note>()
  let lastId = 0

  function add(body: Uint8Array): HttpResponse {
    const text = readText(body)
    if (text === null) return json(400, { error: 'a note is {"text": "…"}' })
    if (notes.size >= NOTES_MAX) return json(503, { error: 'there is no place left' })
    const note = { id: ++lastId, text }
    notes.set(note.id, note)
    return json(201, note, ['location', `/notes/${note.id}`])
  }

  return ({ method, path, body }) => {
    const isRead = method === 'GET' || method === 'HEAD'
    if (path === '/notes') {
      if (isRead) return json(200, [...notes.values()])
      return method === 'POST' ? add(body) : notAllowed('GET, HEAD, POST')
    }
    const [, digits] = /^\/notes\/([1-9]\d{0,8})$/.exec(path) ?? []
    const note = digits === undefined ? undefined : notes.get(Number(digits))
    if (note === undefined) return json(404, { error: 'there is nothing here' })
    if (isRead) return json(200, note)
    if (method !== 'DELETE') return notAllowed('GET, HEAD, DELETE')
    notes.delete(note.id)
    return { status: 204 }
  }
}

/** Opens the server on a port of this machine; 0 takes a free one. */
export async function serve(port: number): Promise<TcpListener<HttpRequest, HttpResponse>> {
  const answer = createApi()
  const listener = createTcpListener({ port, framing: httpMessages })
  const url = await listener.open({
    onMessage: async (connection, request) => {
      const isLast = !request.isPersistent
      // The answer to HEAD is that to GET without its body.
      const isHead = request.method === 'HEAD'
      await connection.send({ ...answer(request), dateMs: Date.now(), isHead, isLast })
      if (isLast) connection.end()
    },
  })
  console.log(`Listening on ${url.replace('tcp', 'http')}`)
  return listener
}

if (import.meta.main) await serve(Number(process.argv[2] ?? 8000))
