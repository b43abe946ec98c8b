import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type FileProblem, RefusedFile } from '../core/file-problem.ts'
import type { UploadParam } from '../core/params.ts'
import { Refusal } from '../core/refusal.ts'
import { siteCallOf, type TestSiteCall } from './call.test-support.ts'
import { checkCsrf, csrfField, csrfToken } from './csrf.ts'
import type { SiteLanguage } from './error-texts.ts'
import { defineForm, type Form } from './form.ts'
import type { FileField } from './form-fields.ts'

const form = defineForm({
  name: { label: 'Your <name>', schema: z.string().min(2).max(20), autocomplete: 'name', hint: 'As friends say it' },
  email: { label: 'E-mail', type: 'email', schema: z.email().optional(), message: 'This is no e-mail address' },
  age: { label: 'Age', type: 'number', schema: z.int().min(0).optional() },
  secret: { label: 'Password', type: 'password', schema: z.string().min(4) },
  color: { label: 'Colour', type: 'radio', options: { red: 'Red', blue: 'Blue' }, schema: z.enum(['red', 'blue']) },
  tags: {
    label: 'Tags',
    type: 'select',
    multiple: true,
    options: { a: 'A', b: 'B' },
    schema: z.array(z.enum(['a', 'b'])),
  },
  rules: { label: 'I accept', type: 'checkbox', schema: z.literal(true), message: 'Without this we cannot go on' },
  about: { label: 'About', type: 'textarea', schema: z.string() },
})

const GOOD = { name: 'Ann', secret: 'word', color: 'red', rules: 'on' }

/** A call that sends back the token that the page of an earlier one had. */
function visit(): { readonly call: TestSiteCall; readonly csrf: string } {
  const first = siteCallOf()
  const csrf = csrfToken(first)
  return { call: siteCallOf({ cookies: first.cookiesSet }), csrf }
}

async function check(args: Readonly<Record<string, unknown>>): Promise<Awaited<ReturnType<typeof form.check>>> {
  const { call, csrf } = visit()
  return form.check(call, { csrf, ...args })
}

async function errorsOf(args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, string>>> {
  const outcome = await check(args)
  return outcome.isValid ? {} : outcome.state.errors
}

test('defineForm() gives typed values when all fields are right', async () => {
  const outcome = await check({ ...GOOD, email: '', age: '41', tags: ['b'], about: '' })
  assert.ok(outcome.isValid)
  const { name, age, rules }: { name: string; age?: number | undefined; rules: true } = outcome.values
  assert.deepEqual([name, age, rules], ['Ann', 41, true])
  assert.deepEqual(outcome.values, { ...GOOD, email: undefined, age: 41, tags: ['b'], rules: true, about: '' })
})

test('defineForm() says what is wrong beside each field', async () => {
  assert.deepEqual(await errorsOf({ name: '', email: 'x', age: 'many', color: 'green', secret: 'abc' }), {
    name: 'Please fill this in',
    email: 'This is no e-mail address',
    age: 'Please give a number',
    secret: 'Please write 4 characters at least',
    color: 'This is not right yet',
    rules: 'Without this we cannot go on',
  })
  assert.deepEqual(await errorsOf({ ...GOOD, age: '1,5' }), { age: 'Please give a whole number' })
})

test('defineForm() refuses with 403 what has no token, or that of another visitor', async () => {
  const { call } = visit()
  for (const csrf of [undefined, '', visit().csrf]) {
    await assert.rejects(
      form.check(call, { ...GOOD, csrf }),
      (error) => error instanceof Refusal && error.code === 'GUARD_CSRF',
    )
  }
})

test('defineForm() shows again what was typed, as text, but no password', async () => {
  const outcome = await check({
    name: '"><script>',
    email: 'x',
    secret: 'hunter2',
    about: '</textarea><script>',
    color: 'blue',
  })
  assert.ok(!outcome.isValid)
  const page = form.render(siteCallOf(), { state: outcome.state }).text
  assert.match(page, /value="&quot;&gt;&lt;script&gt;"/)
  assert.match(page, /&lt;\/textarea&gt;&lt;script&gt;<\/textarea>/)
  assert.match(page, /value="blue" checked/)
  assert.doesNotMatch(page, /hunter2|<script>/)
})

test('defineForm() masks a password, and leaves it to paste and to password managers', () => {
  const page = form.render(siteCallOf()).text
  assert.match(page, /<input [^>]*type="password"[^>]*name="secret"/)
  assert.doesNotMatch(page, /autocomplete="(?:off|new-password)"|onpaste|maxlength/)
})

test('defineForm() ties labels, hints and messages to their fields', async () => {
  const page = form.render(siteCallOf(), { state: form.withErrors({}, { name: 'is taken' }) }).text
  assert.match(page, /<label for="field-name">Your &lt;name&gt;<\/label>/)
  assert.match(page, /aria-describedby="field-name-hint field-name-error"/)
  assert.match(page, /aria-invalid="true"/)
  assert.match(page, /<p class="message" id="field-name-error">is taken<\/p>/)
  assert.match(page, /role="alert"><p>One field is not right yet<\/p><ul><li><a href="#field-name">/)
  assert.match(page, /<label for="field-email">E-mail <span class="optional">\(optional\)<\/span><\/label>/)
})

test('defineForm() asks for multipart when a field is a file', () => {
  const upload = uploadForm({ countMin: 1, countMax: 1 })
  const page = upload.render(siteCallOf(), { lang: 'fr', action: '/upload' }).text
  assert.match(page, /<form method="post" novalidate {2}action="\/upload" enctype="multipart\/form-data">/)
  assert.match(page, /<input {2}type="file" id="field-picture" name="picture" required accept="image\/\*">/)
  assert.match(page, /Envoyer/)
  assert.match(uploadForm({ countMin: 0, countMax: 3 }).render(siteCallOf()).text, /accept="image\/\*" multiple>/)
})

/** A form with files as `files()` declares them; what is wrong with them comes as a value. */
function uploadForm(count: UploadParam['count']): Form<{ readonly picture: FileField }> {
  const placed = { '~place': 'file', name: null, schema: z.unknown() } as const
  const param: UploadParam = { ...placed, types: ['image/*'], count, forForm: () => placed }
  return defineForm({ picture: { label: 'Picture', type: 'file', param } })
}

test('defineForm() says beside its field why a file was not taken, in the language of the page', async () => {
  const cases: readonly (readonly [FileProblem, SiteLanguage, string])[] = [
    [{ kind: 'missing' }, 'en', 'Please fill this in'],
    [{ kind: 'too-large', bytesMax: 1_048_576 }, 'en', 'This file is too large: 1 MB at most'],
    [{ kind: 'too-large', bytesMax: 1_560_000 }, 'fr', 'Ce fichier est trop grand : 1,5\u202fMo au plus'],
    [{ kind: 'too-large', bytesMax: 10 }, 'pt', 'Este ficheiro é demasiado grande: 10 bytes no máximo'],
    [{ kind: 'too-many', countMax: 1 }, 'en', 'Please choose one file only'],
    [{ kind: 'too-few', countMin: 2 }, 'fr', 'Choisissez au moins 2 fichiers'],
    [
      { kind: 'wrong-type', types: ['image/png', 'image/jpeg', 'application/x-own'] },
      'en',
      'Please choose a file of another type: PNG, JPEG, or application/x-own',
    ],
    [
      { kind: 'contradicts-type', type: 'image/png' },
      'pt',
      'Este ficheiro não é o que o seu nome diz; pode estar danificado',
    ],
  ]
  for (const [problem, lang, message] of cases) {
    const { call, csrf } = visit()
    const picture = new RefusedFile(problem)
    const outcome = await uploadForm({ countMin: 0, countMax: 2 }).check(call, { csrf, picture }, lang)
    assert.ok(!outcome.isValid)
    assert.deepEqual(outcome.state.errors, { picture: message })
  }
})

test('csrfField() sets one cookie for two forms of a page, and none when there is one', () => {
  const first = siteCallOf()
  csrfField(first)
  csrfField(first)
  assert.equal(first.headers.length, 1)
  assert.match(
    first.headers[0] ?? '',
    /^set-cookie: __Host-visitor=[\w-]{22}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
  )
  const second = siteCallOf({ cookies: first.cookiesSet })
  csrfField(second)
  assert.equal(second.headers.length, 0)
})

test('checkCsrf() takes the token from a header when a script sends it', () => {
  const { call, csrf } = visit()
  assert.doesNotThrow(() => checkCsrf(siteCallOf({ cookies: call.cookiesSent, headers: { 'x-csrf-token': csrf } })))
  assert.throws(() => checkCsrf(call), Refusal)
})

test('checkCsrf() binds the token to the session when there is one', () => {
  const login = siteCallOf({ session: 'session-1' })
  const csrf = csrfToken(login)
  assert.equal(login.headers.length, 0)
  assert.doesNotThrow(() => checkCsrf(siteCallOf({ session: 'session-1' }), csrf))
  assert.throws(() => checkCsrf(siteCallOf({ session: 'session-2' }), csrf), Refusal)
})

test('checkCsrf() refuses a page of another origin, whatever token it has', () => {
  const { call, csrf } = visit()
  const send = (headers: Readonly<Record<string, string>>, isSecure = true): void =>
    checkCsrf(siteCallOf({ cookies: call.cookiesSent, headers, isSecure }), csrf)
  const own = siteCallOf().received.host
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: `https://${own}` },
    { origin: 'null' },
    { origin: `https://evil.${own}` },
    { origin: `https://${own}:8443` },
    { origin: `http://${own}` },
  ]) {
    assert.throws(() => send(headers), Refusal)
  }
  assert.doesNotThrow(() => send({ 'sec-fetch-site': 'same-origin', origin: 'null' }))
  assert.doesNotThrow(() => send({ origin: `https://${own}` }))
})

test('defineForm() takes no field with the name of its token', () => {
  for (const name of ['csrf', '_csrf']) {
    assert.throws(() => defineForm({ [name]: { label: 'A', schema: z.string() } }), {
      name: 'ConfigError',
      message: new RegExp(`field ${name}: the name is that of the token`),
    })
  }
})
