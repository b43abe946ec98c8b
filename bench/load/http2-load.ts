/** Our own generator for HTTP/2 over TLS: some connections with several streams each. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { Histogram } from './histogram.ts'
import type { LoadOptions, LoadResult } from './load.ts'

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadOptions
const { port, seconds, connections, paths, headers } = options
const STREAMS = 8

const histogram = new Histogram()
const started = performance.now()
const endsAt = started + seconds * 1000
let done = 0
let errors = 0
let running = 0

for (let i = 0; i < connections / STREAMS; i++) {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  const ask = (): void => {
    const sentAt = performance.now()
    const stream = session.request({ ':path': paths[0] ?? '/', ...headers })
    let isFine = false
    stream.on('response', (head) => (isFine = head[':status'] === 200))
    stream.on('error', () => (isFine = false))
    stream.on('close', () => {
      done++
      if (!isFine) errors++
      const now = performance.now()
      histogram.add((now - sentAt) * 1000)
      if (now < endsAt && !session.destroyed) ask()
      else if (--running === 0) report()
    })
    stream.resume()
    stream.end()
  }
  session.on('error', () => errors++)
  running += STREAMS
  session.once('connect', () => {
    for (let n = 0; n < STREAMS; n++) ask()
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
