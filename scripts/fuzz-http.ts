/**
 * Sends mutated HTTP/1.1 requests to our listener and to `node:http`, both without sockets, and compares what they
 * read: `node scripts/fuzz-http.ts [count] [seed]`. Stops with the input at the first crash, hang, 5xx, or difference
 * in where messages end.
 */
import { pathToFileURL } from 'node:url'
import { compareReadings, createReaders } from '../test/contract/http-readers.ts'
import type { Reading } from '../test/contract/http-readers.ts'

const SEEDS: readonly string[] = [
  'GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world',
  'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: u\r\n\r\n',
  'PUT /u HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok',
  'GET http://a/b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n',
  'HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n',
  'DELETE /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
]

const PIECES: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '"',
  '\\',
  '#',
  '?',
  '/',
  '*',
  '%00',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '1',
  'f',
  '\r\n\r\n',
  '\r\n ',
  '\n\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  'ffffffff',
  '-1',
  '+1',
  '0x5',
  ' chunked',
  'chunked, ',
  ', chunked',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Content-Length:5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Transfer-Encoding:\tchunked\r\n',
  'transfer-encoding: identity\r\n',
  'Host: b\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: x\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'GET /x HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST',
  'PRI',
  'CONNECT',
  'a'.repeat(300),
  'X: y\r\n'.repeat(40),
]

/** A stream of numbers that is the same for the same seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** One or a few requests with some damage. */
function mutate(random: (below: number) => number): string {
  let text = ''
  for (let i = random(3); i >= 0; i -= 1) text += SEEDS[random(SEEDS.length)]
  for (let i = random(3); i >= 0; i -= 1) text = damage(text, random)
  return text
}

function damage(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1)
  const length = random(12)
  switch (random(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + text.slice(at + length)
    case 2:
      return text.slice(0, at) + text.slice(at, at + length * 4) + text.slice(at)
    case 3: {
      const from = random(text.length + 1)
      return text.slice(0, at) + text.slice(from, from + length * 4) + text.slice(at)
    }
    default:
      return text.slice(0, at) + PIECES[random(PIECES.length)] + text.slice(at + random(3))
  }
}

// Where the network cuts must change nothing: node:http gets the same bytes in one piece.
function cut(text: string, random: (below: number) => number): readonly string[] {
  const pieces: string[] = []
  let start = 0
  for (let i = random(4); i > 0 && start < text.length; i -= 1) {
    const end = start + 1 + random(text.length - start)
    pieces.push(text.slice(start, end))
    start = end
  }
  return [...pieces, text.slice(start)].filter((piece) => piece !== '')
}

/** What one run found. */
export interface FuzzReport {
  readonly count: number
  /** Messages that both read, and that only one of them read. */
  readonly agreed: number
  readonly oursOnly: number
  readonly theirsOnly: number
  readonly statuses: ReadonlyMap<number, number>
}

/** Runs `count` inputs; throws with the input at the first one that breaks a promise. */
export async function fuzz(count: number, seed: number): Promise<FuzzReport> {
  const random = createRandom(seed)
  const readers = createReaders()
  const statuses = new Map<number, number>()
  let agreed = 0
  let oursOnly = 0
  let theirsOnly = 0
  try {
    for (let i = 0; i < count; i += 1) {
      const input = mutate(random)
      const ours = await readers.readOurs(cut(input, random))
      const theirs = await readers.readTheirs(input)
      check(input, ours, theirs)
      for (const status of ours.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const both = Math.min(ours.messages.length, theirs.messages.length)
      agreed += both
      oursOnly += ours.messages.length - both
      theirsOnly += theirs.messages.length - both
    }
  } finally {
    await readers.close()
  }
  return { count, agreed, oursOnly, theirsOnly, statuses }
}

function check(input: string, ours: Reading, theirs: Reading): void {
  // 501 is what RFC 9112 section 6.1 asks for where a transfer coding is not implemented.
  const wrong = ours.statuses.find((status) => status >= 500 && status !== 501)
  if (wrong !== undefined) throw new Error(`Status ${wrong} for ${JSON.stringify(input)}`)
  if (!ours.isEnded) throw new Error(`The connection hangs after ${JSON.stringify(input)}`)
  const difference = compareReadings(ours, theirs)
  if (difference !== null) throw new Error(`${difference} for ${JSON.stringify(input)}`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , count = '1000000', seed = String(Date.now() % 1_000_000)] = process.argv
  const begun = performance.now()
  const report = await fuzz(Number(count), Number(seed))
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const { agreed, oursOnly, theirsOnly } = report
  const statuses = [...report.statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
  process.stdout.write(
    `${report.count} inputs with seed ${seed} in ${seconds} s: no crash, hang, 5xx or other end of a message\n` +
      `messages read by both ${agreed}, by us only ${oursOnly}, by node:http only ${theirsOnly}; our answers ${statuses.join(', ')}\n`,
  )
}
