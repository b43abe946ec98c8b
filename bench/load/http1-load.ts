/** Our own generator: keep-alive connections on node:net, one request under way on each. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Histogram } from './histogram.ts'
import type { LoadOptions, LoadResult } from './load.ts'

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadOptions
const { port, seconds, connections, method, paths, headers, tokens, body, isTls } = options

const count = Math.max(paths.length, tokens.length, 1)
const requests = Array.from({ length: count }, (_, i) => {
  const token = tokens[i % Math.max(1, tokens.length)]
  const all = { host: `127.0.0.1:${port}`, ...headers, ...(token === undefined ? {} : { authorization: token }) }
  const lines = Object.entries(body === '' ? all : { ...all, 'content-length': Buffer.byteLength(body) })
  return Buffer.from(
    `${method} ${paths[i % paths.length]} HTTP/1.1\r\n${lines.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n${body}`,
  )
})

const histogram = new Histogram()
const started = performance.now()
const endsAt = started + seconds * 1000
let done = 0
let errors = 0
let next = 0
let open = 0

function run(): void {
  const socket: Socket = isTls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect({ port, host: '127.0.0.1', noDelay: true })
  let sentAt = 0
  /** Bytes of the answer that are still to come; -1 before its head is complete. */
  let left = -1
  let head = ''
  const send = (): void => {
    sentAt = performance.now()
    left = -1
    head = ''
    const request = requests[next++ % count]
    if (request !== undefined) socket.write(request)
  }
  const take = (chunk: Buffer): void => {
    if (left < 0) {
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN)
      if (Number.isNaN(length)) throw new Error(`This generator needs Content-Length:\n${head}`)
      if (head.charCodeAt(9) !== 50) errors++
      left = length - (head.length - end - 4)
    } else left -= chunk.length
    if (left > 0) return
    const now = performance.now()
    done++
    histogram.add((now - sentAt) * 1000)
    if (now >= endsAt) socket.destroy()
    else send()
  }
  open++
  socket.once(isTls ? 'secureConnect' : 'connect', send)
  socket.on('data', take)
  socket.on('error', () => errors++)
  socket.on('close', () => {
    open--
    if (performance.now() < endsAt) run()
    else if (open === 0) report()
  })
}

function report(): void {
  const result: LoadResult = {
    requests: done,
    errors,
    seconds: (performance.now() - started) / 1000,
    p50Us: histogram.percentile(50),
    p99Us: histogram.percentile(99),
  }
  process.stdout.write(JSON.stringify(result))
  process.exit(0)
}

for (let i = 0; i < connections; i++) run()
