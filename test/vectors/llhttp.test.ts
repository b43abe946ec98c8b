import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { defaultLimits } from '../../src/core/limits.ts'
import { RequestDecoder, STEP_END, STEP_HEAD, STEP_MORE, STEP_PIECE } from '../../src/wire/http1/request-decoder.ts'

// Requests that nodejs/llhttp (MIT) tests itself with, and what it says about them. They are read where they lie.
const FILE = new URL('../../../shared/vectors/llhttp/request.json', import.meta.url)

/** One request of llhttp's own tests, with its log and its error. */
interface Vector {
  readonly id: string
  readonly meta: { readonly type: string }
  readonly b64: string
  readonly error: { readonly code: number; readonly reason: string } | null
  readonly log: string
}

interface Message {
  method: string
  url: string
  body: string
  isComplete: boolean
}

/** What a reader makes of bytes: messages, then perhaps a refusal. */
interface Reading {
  readonly messages: readonly Message[]
  readonly isRefused: boolean
}

const STRICT_TYPES = ['request', 'request-finish']

const FRAGMENT = 'a target never has a fragment (RFC 9112 section 3.2); llhttp leaves it in the URL'
const TUNNEL = 'CONNECT is for proxies, and refused'
const PROTOCOL = 'we speak HTTP only, not RTSP or ICE'
const EARLY = 'framing is judged when the head is complete; llhttp stops at the field'
const MARKDOWN = 'the vector was cut from its page with text around it; llhttp’s log is of another request'
const GIVEN = 'a socket is handed over after a GET without a body; llhttp pauses at any Upgrade'
const METHOD = 'any token is a method (RFC 9110 section 9.1), which the route table refuses'

/** Why we read a request of its strict mode otherwise, by name and number among those of that name. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'connection.md: CRLF between requests, implicit `keep-alive` #1': MARKDOWN,
  'connection.md: CRLF between requests, explicit `close` #1': MARKDOWN,
  'connection.md: Upgrade POST request #1': GIVEN,
  'content-length.md:  #3': EARLY,
  'content-length.md:  #4': EARLY,
  'content-length.md:  #12': 'the vector tells llhttp to skip the body',
  'invalid.md:  #4': METHOD,
  'invalid.md:  #14': METHOD,
  'invalid.md:  #19': 'the version is judged when its line is complete',
  'method.md:  #2': TUNNEL,
  'method.md:  #3': TUNNEL,
  'method.md:  #4': TUNNEL,
  'method.md:  #5': 'the asterisk is for OPTIONS alone (RFC 9112 section 3.2.4)',
  'method.md:  #12': PROTOCOL,
  'method.md:  #13': PROTOCOL,
  'method.md:  #14': PROTOCOL,
  'method.md:  #15': 'the preface of HTTP/2 has no business here; llhttp pauses for its user to decide',
  'sample.md:  #10': 'HTTP/0.9 is gone since RFC 9112',
  'transfer-encoding.md:  #1': 'refused with its head; llhttp gives the head first',
  'transfer-encoding.md:  #9': FRAGMENT,
  'transfer-encoding.md:  #10': FRAGMENT,
  'transfer-encoding.md:  #11': 'refused with its head; llhttp gives the head first',
  'uri.md:  #8': FRAGMENT,
  'uri.md:  #9': TUNNEL,
  'uri.md:  #10': 'user information in a target is an error (RFC 9110 section 4.2.4)',
}

const isMissing = !existsSync(FILE)
if (isMissing && process.env['CI'] === 'true')
  throw new Error(`Cannot test: ${FILE.pathname} is not there, and CI has it`)
const skip = isMissing ? `the vectors of llhttp are not at ${FILE.pathname}` : false

test('RequestDecoder reads what llhttp reads in its strict mode, but for differences with a reason', { skip }, () => {
  const left = new Set(Object.keys(DIFFERENCES))
  for (const { name, vector, bytes } of readVectors()) {
    if (!STRICT_TYPES.includes(vector.meta.type)) continue
    const ours = readOurs([bytes])
    assert.deepEqual(readOurs(bytes.split('')), ours, `${name}: another reading byte by byte`)
    if (left.delete(name)) assert.notDeepEqual(ours, readTheirs(vector), `${name}: no difference any more`)
    else assert.deepEqual(ours, readTheirs(vector), name)
  }
  assert.deepEqual([...left], [], 'differences of vectors that do not exist')
})

test('RequestDecoder refuses what llhttp takes only in a lenient mode', { skip }, () => {
  for (const { name, vector, bytes } of readVectors()) {
    if (STRICT_TYPES.includes(vector.meta.type)) continue
    assert.ok(readOurs([bytes]).isRefused, `${name}: ${JSON.stringify(bytes)}`)
  }
})

function* readVectors(): Generator<{ name: string; vector: Vector; bytes: string }> {
  const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Vector[] // the README beside it says so
  const counts = new Map<string, number>()
  for (const vector of vectors) {
    const count = (counts.get(vector.id) ?? 0) + 1
    counts.set(vector.id, count)
    const raw = Buffer.from(vector.b64, 'base64').toString('latin1')
    // llhttp leaves it to its user that HTTP/1.1 needs a Host; we would refuse nearly all for that alone.
    const bytes = /^host:/im.test(raw) ? raw : raw.replaceAll('HTTP/1.1\r\n', 'HTTP/1.1\r\nHost: added\r\n')
    yield { name: `${vector.id} #${count}`, vector, bytes }
  }
}

function readOurs(pieces: readonly string[]): Reading {
  const decoder = new RequestDecoder(defaultLimits)
  const messages: Message[] = []
  let isLast = false
  let isGiven = false
  for (const [i, piece] of pieces.entries()) {
    decoder.push(Buffer.from(piece, 'latin1'))
    for (;;) {
      // As a connection does: nothing is read behind the last message.
      if (isLast && !decoder.isInBody) return { messages, isRefused: decoder.waitingBytes > 0 || i + 1 < pieces.length }
      if (isGiven) return { messages, isRefused: false }
      const step = decoder.next()
      const message = messages.at(-1)
      if (step === STEP_MORE) break
      if (step === STEP_HEAD) {
        const { method, path, query, facts } = decoder.head
        isLast = !facts.isPersistent
        isGiven = facts.wantsUpgrade
        messages.push({
          method,
          url: query === '' ? path : `${path}?${query}`,
          body: '',
          isComplete: facts.bodyLength === 0,
        })
      } else if (step === STEP_PIECE && message !== undefined) {
        message.body += Buffer.from(decoder.piece).toString('latin1')
      } else if (step === STEP_END && message !== undefined) {
        message.isComplete = true
      } else {
        return { messages, isRefused: true }
      }
    }
  }
  return { messages, isRefused: false }
}

const SPAN = /span\[(method|url|body)\]="(.*)"$/

function readTheirs({ log, error }: Vector): Reading {
  const messages: Message[] = []
  const begun = new Set<Message>()
  for (const line of log.split('\n')) {
    const [, field, value = ''] = SPAN.exec(line) ?? []
    const message = messages.at(-1)
    if (line.endsWith(' message begin')) messages.push({ method: '', url: '', body: '', isComplete: false })
    else if (message === undefined) continue
    else if (field === 'method' || field === 'url' || field === 'body') message[field] += value
    else if (line.includes(' headers complete')) begun.add(message)
    else if (line.endsWith(' message complete')) message.isComplete = true
  }
  for (const message of messages)
    message.url = message.url.replace(/^http:\/\/[^/?@]*(?=[/?]|$)/, '').replace(/^(?=\?|$)/, '/')
  const isRefused = error !== null && !error.reason.startsWith('Pause')
  return { messages: messages.filter((message) => begun.has(message)), isRefused }
}
