import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestApp, type RequestOptions, type TestApp, type TestReply } from 'guichet/testing'
import { app } from './app.ts'

// What `../shared/acceptance/sites.json` asks of the greeter, and what a visitor does in the shop.

/** One browser: it keeps cookies, says that its forms come from the page that it shows, and reads tokens from there. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #app: TestApp
  readonly #host: string

  constructor(opened: TestApp, host: string) {
    this.#app = opened
    this.#host = host
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<TestReply> {
    return this.#send('GET', path, { headers })
  }

  /** Fills in the form of `page` that is sent to `path`, with its token. */
  async submit(path: string, fields: Readonly<Record<string, string>>, page = path): Promise<TestReply> {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await this.get(page)).text)?.[1] ?? ''
    return this.#send('POST', path, { form: { csrf, ...fields }, headers: { 'sec-fetch-site': 'same-origin' } })
  }

  async answer(answer: string, more: RequestOptions['form'] = {}): Promise<TestReply> {
    return this.#send('POST', '/cookies', { form: { answer, ...more }, headers: { 'sec-fetch-site': 'same-origin' } })
  }

  async #send(method: string, path: string, options: RequestOptions): Promise<TestReply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const own = { host: this.#host, accept: 'text/html', ...(cookie === '' ? {} : { cookie }) }
    const reply = await this.#app.client.request(method, path, { ...options, headers: { ...own, ...options.headers } })
    for (const line of reply.headerValues('set-cookie')) this.#keep(line)
    return reply
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (line.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

for (const transport of ['memory', 'socket'] as const) {
  describe(`sites (${transport})`, () => {
    let opened: TestApp
    before(async () => {
      opened = await openTestApp(app, { transport })
    })
    after(() => opened.close())

    const at = (host: string): Browser => new Browser(opened, host)

    it('serves the three hosts, and no other', async () => {
      for (const host of ['course.localhost', 'greeter.localhost', 'shop.localhost']) {
        assert.equal((await at(host).get('/')).status, 200)
      }
      for (const host of ['localhost', 'evil.example', 'shop.localhost.evil.example']) {
        assert.equal((await at(host).get('/')).status, 421)
      }
    })

    it('greets those who left their name, with markup as text', async () => {
      const headers = { host: 'greeter.localhost' }
      const register = (json: unknown, expect: number): Promise<TestReply> =>
        opened.client.post('/api/register', { headers, json, expect })
      await register({ name: 'Sponge Bob', token: 'un truc au pif' }, 200)
      await register({ name: 'Basile', secret: 'A secret token' }, 200)
      await register({ name: 'eve', token: '<script>alert(1)</script>' }, 200)
      await register({ name: 'eve', token: 'again' }, 409)
      await register({ name: 'nobody' }, 400)
      await register({ token: 'nameless' }, 400)
      await opened.client.get('/info/Sponge%20Bob', {
        headers,
        expect: { status: 200, text: '<h1>Hello Sponge Bob your token is un truc au pif</h1>' },
      })
      const eve = await opened.client.get('/info/eve', { headers, expect: 200 })
      assert.ok(eve.text.includes('&lt;script&gt;') && !eve.text.includes('<script>alert'))
      await opened.client.get('/info/nobody', { headers, expect: 404 })
    })

    it('serves the course with conditions and ranges, and its own page for what is missing', async () => {
      const course = at('course.localhost')
      const page = await course.get('/style.css')
      assert.equal((await course.get('/style.css', { 'if-none-match': page.header('etag') ?? '' })).status, 304)
      const part = await course.get('/style.css', { range: 'bytes=0-4' })
      assert.deepEqual([part.status, part.text], [206, ':root'])
      assert.match((await course.get('/nothing')).text, /Not in this course/)
      assert.equal((await course.get('/../app.ts')).status, 404)
    })

    it('sets no cookie on a first visit, and remembers a refusal', async () => {
      const shop = at('shop.localhost')
      assert.match((await shop.get('/')).text, /guichet-consent/)
      assert.equal(shop.cookies.size, 0)
      assert.equal((await shop.answer('refuse')).status, 303)
      assert.doesNotMatch((await shop.get('/')).text, /guichet-consent/)
      await shop.get('/fruit/fig')
      assert.ok(!shop.cookies.has('seen'))
    })

    it('reminds of what was seen after an agreement, and forgets when it is withdrawn', async () => {
      const shop = at('shop.localhost')
      await shop.answer('choice', { purposes: 'reminder' })
      await shop.get('/fruit/fig')
      assert.match((await shop.get('/')).text, /class="seen"/)
      await shop.answer('refuse')
      assert.ok(!shop.cookies.has('seen'))
      assert.doesNotMatch((await shop.get('/')).text, /class="seen"/)
    })

    it('shows what is missing in the frame of the shop, and a host that is not there in none', async () => {
      const missing = await at('shop.localhost').get('/nothing', { 'accept-language': 'fr' })
      assert.equal(missing.status, 404)
      assert.match(missing.text, /class="brand" href="\/">Le Verger du coin[\s\S]*Cette page n’existe pas/)
      assert.match((await at('other.localhost').get('/')).text, /There is no such site here/)
    })

    it('shows the form again where a name is taken, with what was typed', async () => {
      const greeter = at('greeter.localhost')
      assert.equal((await greeter.submit('/', { name: 'Gary', token: 'meow' })).status, 303)
      const taken = await greeter.submit('/', { name: 'Gary', token: 'purr' })
      assert.equal(taken.status, 422)
      assert.match(taken.text, /Somebody has left this name already[\s\S]*value="Gary"[\s\S]*value="purr"/)
    })

    it('shows what is missing in the look of the greeter, to those who want a page', async () => {
      const missing = await at('greeter.localhost').get('/info/nobody', { 'accept-language': 'pt' })
      assert.equal(missing.status, 404)
      assert.match(missing.text, /<html lang="pt">[\s\S]*font: 1\.1rem[\s\S]*Esta página não existe/)
    })

    it('takes an answer about cookies from its own pages only', async () => {
      const headers = { host: 'shop.localhost', 'sec-fetch-site': 'cross-site' }
      await opened.client.post('/cookies', { headers, form: { answer: 'accept' }, expect: 403 })
    })

    it('keeps a basket for each browser', async () => {
      const [ann, bob] = [at('shop.localhost'), at('shop.localhost')]
      assert.equal((await ann.submit('/basket', { slug: 'fig', count: '3' }, '/fruit/fig')).status, 303)
      const basket = (await ann.get('/basket')).text
      assert.match(basket, /Figs: in your basket/)
      assert.match(basket, /€13\.50/)
      assert.match((await bob.get('/basket')).text, /Your basket is empty/)
      await ann.submit('/basket/remove', { slug: 'fig' }, '/basket')
      assert.match((await ann.get('/basket')).text, /Your basket is empty/)
    })

    it('refuses a form without the token of its visitor', async () => {
      const headers = { host: 'shop.localhost' }
      await opened.client.post('/basket', { headers, form: { slug: 'fig', count: '1', csrf: 'x' }, expect: 403 })
    })

    it('shows a form again with what is wrong, then keeps what is right', async () => {
      const shop = at('shop.localhost')
      const wrong = await shop.submit('/fruit/pear', { author: 'Ann <b>', stars: '9', words: '' })
      assert.equal(wrong.status, 422)
      assert.match(wrong.text, /value="Ann &lt;b&gt;"/)
      assert.match(wrong.text, /Please fill this in/)
      assert.equal((await shop.submit('/fruit/pear', { author: 'Ann', stars: '5', words: 'Good & late' })).status, 303)
      assert.match((await shop.get('/fruit/pear')).text, /Good &amp; late/)
    })

    it('takes a picture with a review, and gives it back as it was', async () => {
      const shop = at('shop.localhost')
      const token = /name="csrf" value="([^"]+)"/.exec((await shop.get('/fruit/plum')).text)?.[1] ?? ''
      const png = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
        'base64',
      )
      const cookie = [...shop.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const send = (...pictures: Blob[]): Promise<TestReply> =>
        opened.client.post('/fruit/plum', {
          headers: { host: 'shop.localhost', cookie },
          files: { csrf: token, author: 'Bob', stars: '4', words: 'See', picture: pictures },
        })
      assert.equal((await send(new File([png], 'p.png', { type: 'image/png' }))).status, 303)
      const path = /src="(\/pictures\/\d+)"/.exec((await shop.get('/fruit/plum')).text)?.[1] ?? ''
      const back = await shop.get(path)
      assert.deepEqual([back.header('content-type'), Buffer.from(back.bytes).equals(png)], ['image/png', true])
      const refused: readonly (readonly [readonly File[], RegExp])[] = [
        [[new File(['<script>'], 'p.png', { type: 'image/png' })], /This file is not what its name says/],
        [[new File([png], 'p.gif', { type: 'image/gif' })], /Please choose a file of another type: PNG, JPEG, or WEBP/],
        [[new File([png, new Uint8Array(5_000_000)], 'p.png', { type: 'image/png' })], /too large: 1 MB at most/],
        [[new File([png], 'p.png', { type: 'image/png' }), new File([png], 'q.png')], /Please choose one file only/],
      ]
      for (const [pictures, message] of refused) {
        const again = await send(...pictures)
        assert.deepEqual([again.status, again.header('content-type')], [422, 'text/html; charset=utf-8'])
        assert.match(again.text, /aria-invalid="true" aria-describedby="field-picture-hint field-picture-error"/)
        assert.match(again.text, message)
        assert.match(again.text, /name="author"[^>]* value="Bob"/)
      }
    })

    it('speaks the language of the browser, and the one that was chosen', async () => {
      const shop = at('shop.localhost')
      assert.match((await shop.get('/', { 'accept-language': 'fr' })).text, /<html {2}lang="fr"/)
      await shop.submit('/preferences', { lang: 'pt', theme: 'dark' })
      assert.match((await shop.get('/', { 'accept-language': 'fr' })).text, /lang="pt" data-theme="dark"/)
    })
  })
}
