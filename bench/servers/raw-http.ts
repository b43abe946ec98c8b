/** node:http without any framework. */
import { createServer } from 'node:http'
import { HELLO, payloadOf, port, scenario } from '../work.ts'

const value = scenario === 'reply-1k' ? payloadOf(1_000) : scenario === 'reply-100k' ? payloadOf(100_000) : HELLO
createServer((_request, response) => {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length })
  response.end(body)
}).listen(port, '127.0.0.1')
