import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, type RefusalCode, refuse } from '../core/refusal.ts'
import type { ErrorPageRequest } from '../core/error-page.ts'
import { html } from '../wire/html.ts'
import { errorPage } from './error-page.ts'

const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8'

function request(headers: Readonly<Record<string, string>>): ErrorPageRequest {
  return { id: 'call-7', nonce: 'n1', method: 'GET', path: '/x', query: '', header: (name) => headers[name] }
}

test('errorPage() gives a page to a browser and none to a client of the API', () => {
  const page = errorPage()
  assert.match(page(new Refusal('ROUTE_NOT_FOUND'), request({ accept: BROWSER }))?.text ?? '', /does not exist/)
  for (const accept of ['application/json', '*/*', '']) {
    assert.equal(page(new Refusal('ROUTE_NOT_FOUND'), request({ accept })), null)
  }
})

test('errorPage() speaks the language that the browser prefers', () => {
  const page = errorPage()(
    new Refusal('ROUTE_NOT_FOUND'),
    request({ accept: BROWSER, 'accept-language': 'pt-BR, en;q=0.5' }),
  )
  assert.match(page?.text ?? '', /<html\s+lang="pt">[\s\S]*Esta página não existe/)
  assert.ok(page?.headers.join().includes('content-language,pt'))
})

test('errorPage() says of a form that is refused what its visitor can do', () => {
  const page = errorPage()(new Refusal('GUARD_CSRF'), request({ accept: BROWSER, 'accept-language': 'fr' }))
  assert.match(page?.text ?? '', /403[\s\S]*Ce formulaire a expiré[\s\S]*rechargez la page/)
})

test('errorPage() shows what the app said, as text, and the id of the call', () => {
  const page = errorPage()(refuse(409, 'the name <Bob> is taken'), request({ accept: BROWSER }))
  assert.match(page?.text ?? '', /the name &lt;Bob&gt; is taken/)
  assert.match(page?.text ?? '', /call-7/)
})

test('errorPage() does not show the reason of a refusal', () => {
  const fault = new Refusal('HANDLE_FAULT', { reason: 'secret detail', message: 'secret message' })
  assert.doesNotMatch(errorPage()(fault, request({ accept: BROWSER }))?.text ?? '', /secret/)
})

test('errorPage() uses the layout of the site when it has one', () => {
  const page = errorPage({ layout: ({ main, status }) => html`<body class="s${status}">${main}</body>` })
  assert.match(
    page(new Refusal('AUTHZ_CLOSED'), request({ accept: BROWSER }))?.text ?? '',
    /^<body class="s403"><main>/,
  )
})

test('errorPage() asks for nothing from elsewhere and allows no script', () => {
  const page = errorPage()(new Refusal('HANDLE_FAULT'), request({ accept: BROWSER }))
  assert.doesNotMatch(page?.text ?? '', /<script|https?:/)
  assert.match(page?.headers.join() ?? '', /default-src 'none'/)
})

test('errorPage() tells a wrong password from no login at all, and from one that is too old', () => {
  const textOf = (code: RefusalCode): string =>
    errorPage({ login: '/login' })(new Refusal(code), request({ accept: BROWSER }))?.text ?? ''
  assert.match(textOf('AUTHN_MISSING'), /Please log in first/)
  assert.match(textOf('AUTHN_BAD_CREDENTIALS'), /The name or the password is wrong/)
  assert.match(textOf('AUTHN_NOT_FRESH'), /Please log in once more/)
})

test('errorPage() leads back to the page that was wanted, with its query', () => {
  const wanted = { ...request({ accept: BROWSER }), path: '/items', query: 'filter=saw&page=2' }
  const page = errorPage({ login: '/login' })(new Refusal('AUTHN_MISSING'), wanted)
  assert.match(page?.text ?? '', /href="\/login\?next=%2Fitems%3Ffilter%3Dsaw%26page%3D2"/)
})
