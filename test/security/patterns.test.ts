import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseBasic } from '../../src/authn/basic.ts'
import { parseAuthParams } from '../../src/authn/auth-params.ts'
import { bearer } from '../../src/authn/carriers.ts'
import type { Call } from '../../src/core/call.ts'
import { createTrustedProxies } from '../../src/listen/trusted-proxies.ts'
import { parseByteRanges } from '../../src/wire/byte-ranges.ts'
import { parseEtags } from '../../src/wire/conditional.ts'
import { parseCookies } from '../../src/wire/cookies.ts'
import { parseHttpDate } from '../../src/wire/http-date.ts'
import { parseMediaType } from '../../src/wire/media-type.ts'
import { decodePartHead } from '../../src/wire/multipart-head.ts'
import { chooseLanguage, parseWeighted } from '../../src/wire/quality.ts'

/**
 * Texts that make a pattern with two repetitions of the same characters side by side try all ways to share them. Of so
 * many characters even the square does not end before the runner stops the file: each of these tests fails by not ending.
 */
const LONG = 600_000
const spaces = ' '.repeat(LONG)

const FILLERS = [
  ' ',
  '\t',
  'a',
  '0',
  ',',
  ';',
  '"',
  '\\"',
  '=',
  'a=',
  'a="',
  'a="\\',
  ';a="',
  'a ',
  'a, ',
  '; ',
  '-',
  '.',
  '%',
  '/',
]
const STARTS = ['', 'a="', 'a/b', 'W/"', 'bytes=', 'for=']
const ENDS = ['x"', '\u0001']

function* hostileTexts(): Generator<string> {
  for (const filler of FILLERS) {
    const middle = filler.repeat(LONG / 2 / filler.length)
    for (const start of STARTS) for (const end of ENDS) yield start + middle + end
  }
}

function callWith(authorization: string): Call {
  // Only the header is read by a bearer carrier.
  return { header: () => authorization } as unknown as Call
}

describe('patterns that read what a peer sent', () => {
  it('parseBasic() takes time in proportion to the header', () => {
    assert.ok(parseBasic(`Basic a${spaces}x`))
    assert.ok(parseBasic(`Basic ${spaces}${spaces}`))
    assert.equal(parseBasic(`Basica${spaces}x`), null)
    for (const text of hostileTexts()) parseBasic(`Basic ${text}`)
  })

  it('bearer() takes time in proportion to the header', () => {
    assert.equal(bearer().read(callWith(`Bearer a${spaces}x`))?.length, LONG + 2)
    assert.equal(bearer().read(callWith(`bEARER  a${spaces}`)), 'a')
    assert.equal(bearer().read(callWith('Bearer')), '')
    assert.equal(bearer().read(callWith('Bearers a')), null)
  })

  it('decodePartHead() takes time in proportion to the head of a part', () => {
    const head = 'content-disposition: form-data; name="a"'
    for (const line of [`a:${spaces}\u0001`, `a:${spaces}x${spaces}\u0001`, `a: b${spaces}c`, `a:${spaces}`]) {
      decodePartHead(Buffer.from(`${head}\r\n${line}`, 'latin1'))
    }
    for (const text of hostileTexts())
      decodePartHead(Buffer.from(`content-disposition: form-data; name=${text}`, 'latin1'))
  })

  it('resolve() of trusted proxies takes time in proportion to the forwarding header', () => {
    const direct = { address: '10.0.0.1', port: 1, isSecure: false, isDirectLoopback: false }
    for (const kind of ['forwarded', 'x-forwarded-for'] as const) {
      const proxies = createTrustedProxies(['10.0.0.0/8'], kind)
      for (const text of hostileTexts()) proxies.resolve(direct, (name) => (name === kind ? text : undefined))
    }
  })

  it('parseEtags() takes time in proportion to the list', () => {
    assert.deepEqual(parseEtags(` ,"a" ,, W/"b"\t,`), ['"a"', 'W/"b"'])
    assert.equal(parseEtags(`${spaces}x`), null)
    for (const text of hostileTexts()) parseEtags(text)
  })

  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    'parseAuthParams()': parseAuthParams,
    'parseByteRanges()': (text) => parseByteRanges(text, 1000),
    'parseCookies()': parseCookies,
    'parseHttpDate()': (text) => parseHttpDate(text, 0),
    'parseMediaType()': parseMediaType,
    'parseWeighted()': parseWeighted,
    'chooseLanguage()': (text) => chooseLanguage(text, ['fr', 'en']),
  }
  for (const [name, read] of Object.entries(readers)) {
    it(`${name} takes time in proportion to the text`, () => {
      for (const text of hostileTexts()) read(text)
    })
  }
})
