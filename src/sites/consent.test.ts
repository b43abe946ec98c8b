import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { Refusal } from '../core/refusal.ts'
import { siteCallOf, type TestSiteCall } from './call.test-support.ts'
import { CHOICE_LIFETIME_MS } from './consent-choice.ts'
import { defineConsent } from './consent.ts'
import type { ConsentRecord, DeclaredCookie } from './consent-types.ts'

const DAY_MS = 86_400_000
const say = (text: string) => ({ en: `${text} en`, fr: `${text} fr`, pt: `${text} pt` })
const records: ConsentRecord[] = []
const options = {
  version: '1',
  purposes: {
    statistics: { name: say('Statistics'), about: say('We count <visits>') },
    advice: { name: say('Advice'), about: say('We propose things') },
  },
  cookies: {
    basket: { purpose: 'necessary', about: say('Things to buy'), maxAgeMs: null },
    seen: { purpose: 'advice', about: say('Things seen'), maxAgeMs: 30 * DAY_MS },
    visits: { purpose: 'statistics', about: say('A number'), maxAgeMs: 30 * DAY_MS },
  },
} as const
const keep = (record: ConsentRecord): void => void records.push(record)
const consent = defineConsent(options)
const OURS = { 'sec-fetch-site': 'same-origin' }

/** The same browser, later: with the cookies that it was given. */
async function answer(
  call: TestSiteCall,
  args: Parameters<typeof consent.decide>[1],
  next: Parameters<typeof siteCallOf>[0] = {},
): Promise<TestSiteCall> {
  await consent.decide(call, args, keep)
  return siteCallOf({ headers: OURS, ...next, cookies: call.cookiesSet })
}

test('defineConsent() sets no cookie before the visitor has said anything', () => {
  const call = siteCallOf()
  assert.ok(consent.banner(call) !== null)
  assert.equal(consent.set(call, 'visits', '1'), false)
  assert.deepEqual(call.headers, [])
})

test('defineConsent() sets a needed cookie without agreement', () => {
  const call = siteCallOf()
  assert.equal(consent.set(call, 'basket', 'a1'), true)
  assert.deepEqual(call.headers, ['set-cookie: __Host-basket=a1; Path=/; Secure; HttpOnly; SameSite=Lax'])
})

test('defineConsent() remembers a refusal, and does not ask again', async () => {
  const call = await answer(siteCallOf({ headers: OURS }), { answer: 'refuse' })
  assert.equal(consent.banner(call), null)
  assert.equal(consent.set(call, 'visits', '1'), false)
  assert.deepEqual(consent.choice(call)?.purposes, [])
})

test('defineConsent() allows what the visitor agreed to, and nothing else', async () => {
  const call = await answer(siteCallOf({ headers: OURS }), { answer: 'choice', purposes: ['advice', 'unknown'] })
  assert.equal(consent.set(call, 'seen', '7'), true)
  assert.match(call.headers[0] ?? '', /^set-cookie: __Host-seen=7; Max-Age=2592000; /)
  assert.equal(consent.set(call, 'visits', '1'), false)
  const all = await answer(siteCallOf({ headers: OURS }), { answer: 'accept' })
  assert.ok(consent.allows(all, 'statistics') && consent.allows(all, 'advice'))
})

test('defineConsent() removes cookies when their agreement is withdrawn', async () => {
  const agreed = await answer(siteCallOf({ headers: OURS }), { answer: 'accept' })
  consent.set(agreed, 'visits', '1')
  const later = siteCallOf({ headers: OURS, cookies: agreed.cookiesSet })
  assert.equal(consent.get(later, 'visits'), '1')
  const after = await answer(later, { answer: 'refuse' })
  assert.match(later.headers.join('\n'), /__Host-visits=; Max-Age=0/)
  assert.equal(consent.get(after, 'visits'), undefined)
})

test('defineConsent() keeps the proof of each choice', async () => {
  records.length = 0
  const call = siteCallOf({ headers: { ...OURS, 'accept-language': 'fr' } })
  await consent.decide(call, { answer: 'choice', purposes: ['advice'] }, keep)
  const [record] = records
  assert.deepEqual(
    { ...record, id: '', shown: '' },
    {
      id: '',
      at: call.now(),
      version: '1',
      shown: '',
      accepted: ['advice'],
      refused: ['statistics'],
      language: 'fr',
      how: 'choice',
      isUnderGpc: false,
    },
  )
  assert.match(record?.shown ?? '', /^[0-9a-f]{64}$/)
  assert.equal(consent.choice(siteCallOf({ cookies: call.cookiesSet }))?.id, record?.id)
})

test('defineConsent() keeps in which language the visitor was asked, whatever the browser prefers', async () => {
  records.length = 0
  const call = siteCallOf({ headers: { ...OURS, 'accept-language': 'fr' } })
  for (const markup of [consent.banner(call, { lang: 'pt' }), consent.page(call, { lang: 'pt' })]) {
    assert.match(markup?.text ?? '', /<input type="hidden" name="lang" value="pt">/)
  }
  await consent.decide(call, { answer: 'refuse', lang: 'pt' }, keep)
  assert.equal(records[0]?.language, 'pt')
})

test('defineConsent() takes Global Privacy Control for a refusal, without asking', async () => {
  const call = siteCallOf({ headers: { ...OURS, 'sec-gpc': '1' } })
  assert.equal(consent.banner(call), null)
  assert.equal(consent.set(call, 'visits', '1'), false)
  assert.match(consent.page(call).text, /Global Privacy Control/)
})

test('defineConsent() ends an agreement when the browser begins to ask for privacy, and keeps one given in spite of it', async () => {
  const gpc = { headers: { ...OURS, 'sec-gpc': '1' } }
  const before = await answer(siteCallOf({ headers: OURS }), { answer: 'accept' }, gpc)
  assert.equal(consent.allows(before, 'statistics'), false)
  const inSpite = await answer(siteCallOf(gpc), { answer: 'accept' }, gpc)
  assert.equal(consent.allows(inSpite, 'statistics'), true)
})

test('defineConsent() asks again when the version changes or six months have passed', async () => {
  const call = await answer(siteCallOf({ headers: OURS }), { answer: 'accept' })
  const other = defineConsent({ ...options, version: '2' })
  assert.ok(other.banner(call) !== null)
  const nowMs = call.now().getTime() + CHOICE_LIFETIME_MS
  assert.ok(consent.banner(siteCallOf({ cookies: call.cookiesSent, nowMs })) !== null)
  assert.equal(consent.banner(siteCallOf({ cookies: call.cookiesSent, nowMs: nowMs - 1 })), null)
})

test('defineConsent() does not believe a choice that it did not sign', () => {
  const forged = Buffer.from(JSON.stringify({ version: '1', atMs: Date.now(), purposes: ['statistics'] })).toString(
    'base64url',
  )
  for (const value of [forged, `${forged}.${'A'.repeat(22)}`, 'x', '']) {
    assert.equal(consent.allows(siteCallOf({ cookies: { '__Host-consent': value } }), 'statistics'), false)
  }
})

test('defineConsent() refuses an answer that a page of another site sends', async () => {
  records.length = 0
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.test' },
    { origin: 'null' },
  ]) {
    await assert.rejects(consent.decide(siteCallOf({ headers }), { answer: 'accept' }, keep), Refusal)
  }
  await consent.decide(siteCallOf({ headers: { origin: 'https://example.org' } }), { answer: 'accept' }, keep)
  // A program says nothing about pages; no page can make a browser do so.
  await consent.decide(siteCallOf({ headers: {} }), { answer: 'accept' }, keep)
  assert.equal(records.length, 2)
})

test('defineConsent() sends the visitor back to this site only', async () => {
  assert.equal(
    await consent.decide(siteCallOf({ headers: OURS }), { answer: 'refuse', back: '/shop?a=b' }, keep),
    '/shop?a=b',
  )
  assert.equal(
    await consent.decide(siteCallOf({ headers: OURS }), { answer: 'refuse', back: '//evil.test' }, keep),
    '/',
  )
})

test('defineConsent() shows refusing and accepting as the same button, refusing first', () => {
  const banner = consent.banner(siteCallOf(), { lang: 'fr' })?.text ?? ''
  assert.match(
    banner,
    /<button name="answer" value="refuse">Tout refuser<\/button>\n<button name="answer" value="accept">Tout accepter<\/button>/,
  )
  assert.match(banner, /^<style nonce="n1">/)
  assert.match(banner, /Statistics fr et Advice fr/)
})

test('defineConsent() lists every cookie on its page, in the language of the visitor', () => {
  const page = consent.page(siteCallOf({ headers: { 'accept-language': 'pt' } })).text
  for (const name of ['basket', 'seen', 'visits', 'consent', 'visitor', 'flash']) {
    // The names that a browser shows.
    assert.match(page, new RegExp(`<code>__Host-${name}</code>`))
    assert.match(consent.page(siteCallOf({ isSecure: false })).text, new RegExp(`<code>${name}</code>`))
  }
  assert.match(page, /We count &lt;visits&gt; pt/)
  assert.match(page, /<td role="cell" data-label="Guardado">30 dias<\/td>/)
  assert.match(page, /lang="pt"/)
})

test('defineConsent() throws a ConfigError when a cookie breaks the rules', () => {
  const wrong: Readonly<Record<string, DeclaredCookie>> = {
    'a b': { purpose: 'necessary', about: say('x'), maxAgeMs: null },
    '__Host-x': { purpose: 'necessary', about: say('x'), maxAgeMs: null },
    long: { purpose: 'advice', about: say('x'), maxAgeMs: 400 * DAY_MS },
    nowhere: { purpose: 'other', about: say('x'), maxAgeMs: null },
    far: { purpose: 'necessary', about: say('x'), maxAgeMs: null, domain: 'org' },
    split: { purpose: 'necessary', about: say('x'), maxAgeMs: null, path: '/;domain=x' },
  }
  for (const [name, cookie] of Object.entries(wrong)) {
    const cookies = { [name]: cookie } as unknown as typeof options.cookies // what the compiler would refuse
    assert.throws(() => defineConsent({ ...options, cookies }), ConfigError)
  }
})

test('defineConsent() seals a cookie when its declaration says so', () => {
  const about = say('A number')
  for (const seal of ['signed', 'encrypted'] as const) {
    const sealed = defineConsent({
      ...options,
      cookies: { points: { purpose: 'necessary', about, maxAgeMs: DAY_MS, seal } },
    })
    const call = siteCallOf()
    sealed.set(call, 'points', 'a; b "é"')
    assert.equal(sealed.get(siteCallOf({ cookies: call.cookiesSet }), 'points'), 'a; b "é"')
    assert.equal(sealed.get(siteCallOf({ cookies: { '__Host-points': '1000' } }), 'points'), undefined)
  }
})

test('defineConsent() sets a cookie with the attributes that its declaration says', () => {
  const purpose = 'necessary' as const
  const about = say('x')
  const own = defineConsent({
    ...options,
    cookies: {
      theme: { purpose, about, maxAgeMs: DAY_MS, isHttpOnly: false, sameSite: 'Strict' },
      cart: { purpose, about, maxAgeMs: null, path: '/shop' },
      all: { purpose, about, maxAgeMs: null, domain: 'example.org' },
      frame: { purpose, about, maxAgeMs: null, sameSite: 'None', isPartitioned: true },
    },
  })
  const linesOf = (isSecure: boolean): readonly string[] => {
    const call = siteCallOf({ isSecure })
    for (const name of ['theme', 'cart', 'all', 'frame'] as const) own.set(call, name, 'x')
    own.clear(call, 'frame')
    return call.headers.map((line) => line.replace('set-cookie: ', ''))
  }
  assert.deepEqual(linesOf(true), [
    '__Host-theme=x; Max-Age=86400; Path=/; Secure; SameSite=Strict',
    '__Secure-cart=x; Path=/shop; Secure; HttpOnly; SameSite=Lax',
    '__Secure-all=x; Path=/; Domain=example.org; Secure; HttpOnly; SameSite=Lax',
    '__Host-frame=x; Path=/; Secure; HttpOnly; SameSite=None; Partitioned',
    '__Host-frame=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=None; Partitioned',
  ])
  assert.equal(linesOf(false)[3], 'frame=x; Path=/; HttpOnly; SameSite=Lax')
  assert.equal(own.get(siteCallOf({ cookies: { '__Secure-cart': '7' } }), 'cart'), '7')
  assert.ok(own.allowsCookie(siteCallOf(), '__Secure-cart'))
})

test('defineConsent() removes a cookie for another path too when its agreement is withdrawn', async () => {
  const seen = { purpose: 'advice', about: say('x'), maxAgeMs: DAY_MS, path: '/shop' } as const
  const call = siteCallOf({ headers: OURS })
  await defineConsent({ ...options, cookies: { seen } }).decide(call, { answer: 'refuse' }, keep)
  assert.match(call.headers.join('\n'), /__Secure-seen=; Max-Age=0; Path=\/shop/)
})

test('defineConsent() throws when a cookie is not declared or its value is no cookie value', () => {
  const unknown: string = 'tracker'
  assert.throws(() => consent.set(siteCallOf(), unknown as 'basket', 'x'), /not declared/) // what the compiler would refuse
  assert.throws(() => consent.set(siteCallOf(), 'basket', 'a; b'), TypeError)
})
