// An HTTP server from the socket up: bytes become requests, responses become bytes. Run: node http-server.ts 8000
import { createTcpListener, httpMessages, type HttpRequest, type HttpResponse, type TcpListener } from 'guichet/sockets'

function answer({ method, path }: HttpRequest): HttpResponse {
  const isHead = method === 'HEAD'
  if (method !== 'GET' && !isHead) return { status: 405, headers: ['allow', 'GET, HEAD'] }
  if (path !== '/')
    return { status: 404, headers: ['content-type', 'text/plain'], body: 'There is nothing here\n', isHead }
  return { status: 200, headers: ['content-type', 'text/html; charset=utf-8'], body: '<h1>Olá Mundo!</h1>\n', isHead }
}

/** Opens the server on a port of this machine; 0 takes a free one. */
export async function serve(port: number): Promise<TcpListener<HttpRequest, HttpResponse>> {
  const listener = createTcpListener({ port, framing: httpMessages })
  const url = await listener.open({
    onMessage: async (connection, request) => {
      const isLast = !request.isPersistent
      await connection.send({ ...answer(request), dateMs: Date.now(), isLast })
      if (isLast) connection.end()
    },
  })
  console.log(`Listening on ${url.replace('tcp', 'http')}`)
  return listener
}

if (import.meta.main) await serve(Number(process.argv[2] ?? 8000))
