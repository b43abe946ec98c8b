import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, ConfigError, guichet, OPEN } from 'guichet'
import { fake } from 'guichet/authn'
import { openTestApp } from 'guichet/testing'
import { SECRET, talk, TRANSPORTS } from '../opened.test-support.ts'

const HEADERS = {
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^same-origin$/,
  'content-security-policy': /default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'/,
  'cross-origin-resource-policy': /^same-origin$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'strict-transport-security': /^max-age=\d{8}; includeSubDomains$/,
  'content-type': /^(application\/(problem\+)?json|text\/plain; charset=utf-8)$/,
}

for (const transport of TRANSPORTS) {
  describe(`API8 security misconfiguration (${transport})`, () => {
    it('every answer has the security headers, and none names a program, a version or a trace', async () => {
      const faulty = guichet({ name: 'faulty' })
      faulty.get('/', { authorize: OPEN }, () => 'fine')
      faulty.get('/fault', { authorize: OPEN }, () => {
        throw new Error('the secret of the database')
      })
      const environment = {
        NODE_ENV: 'production',
        GUICHET_SECRET: SECRET,
        LOG_LEVEL: 'silent',
        GUICHET_TRUSTED_PROXIES: '127.0.0.1',
      }
      await using opened = await openTestApp(faulty, { transport, environment })
      const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }
      const replies = [
        await opened.client.get('/', { headers, expect: 200 }),
        await opened.client.get('/nowhere', { headers, expect: 404 }),
        await opened.client.post('/', { headers, expect: 405 }),
        await opened.client.get('/?a=1', { headers, expect: 400 }),
        await opened.client.get('/fault', { headers, expect: 500 }),
      ]
      for (const reply of replies) {
        for (const [name, value] of Object.entries(HEADERS)) assert.match(reply.header(name) ?? '', value, name)
        for (const name of ['server', 'x-powered-by', 'via', 'x-runtime']) assert.equal(reply.header(name), undefined)
        const all = (reply.headers.join('\n') + reply.text).replaceAll('urn:guichet:refusal:', '')
        assert.doesNotMatch(all, /guichet|node|v?\d+\.\d+\.\d+|\.ts|at \S+ \(|secret/i)
      }
      // A browser must not be told of HSTS where anybody on the way could have said it (RFC 6797 section 7.2).
      for (const path of ['/', '/nowhere', '/fault']) {
        assert.equal((await opened.client.get(path)).header('strict-transport-security'), undefined)
      }
      if (transport === 'socket') {
        const refused = await talk(opened.client, 'GET / HTTP/1.1\r\n\r\n')
        assert.match(refused, /^HTTP\/1.1 400 /)
        assert.doesNotMatch(refused, /strict-transport-security/)
        for (const [name, value] of Object.entries(HEADERS)) {
          if (name === 'strict-transport-security') continue
          const sent = new RegExp(`^${name}: (.*)$`, 'm').exec(refused)?.[1] ?? ''
          assert.match(sent.trim(), value, `${name} in ${refused}`)
        }
      }
    })

    it('production does not start without a secret, with a weak one, or with a scheme for tests', async () => {
      const mistakes = async (environment: Record<string, string>): Promise<string> => {
        const app = guichet({ name: 'open', authn: [fake()] })
        app.get('/', { authorize: AUTH }, () => 'a')
        const error = await openTestApp(app, { environment: { NODE_ENV: 'production', ...environment } }).catch(
          (problem: unknown) => problem,
        )
        assert.ok(error instanceof ConfigError)
        return error.message
      }
      assert.match(await mistakes({}), /GUICHET_SECRET/)
      assert.match(await mistakes({ GUICHET_SECRET: 'a'.repeat(32) }), /guessed/)
      assert.match(await mistakes({ GUICHET_SECRET: 'short' }), /GUICHET_SECRET/)
      assert.match(await mistakes({ GUICHET_SECRET: SECRET }), /fake/)
    })
  })
}
