import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AUTH, desk, guichet, noContent, OPEN } from 'guichet'
import { session } from 'guichet/authn'
import { defineConsent } from 'guichet/sites'
import { openTestApp, type AnyApp } from 'guichet/testing'

const inAll = (text: string): { readonly en: string; readonly fr: string; readonly pt: string } => ({
  en: text,
  fr: text,
  pt: text,
})

function declareApp(purpose: 'necessary' | 'fun' | null, place: 'app' | 'host'): AnyApp {
  const consent = defineConsent({
    version: '1',
    purposes: { fun: { name: inAll('Fun'), about: inAll('For fun') } },
    cookies: {
      theme: { purpose: 'necessary', about: inAll('The colours'), maxAgeMs: null },
      ...(purpose === null ? {} : { session: { purpose, about: inAll('Who you are'), maxAgeMs: null } }),
    },
  })
  const sessions = session()
  const site = desk().routes((r) => {
    r.post('/login', { authorize: OPEN }, async (_, call) => {
      await sessions.login(call, 'ana')
      return noContent()
    })
    r.get('/me', { authorize: AUTH }, (_, { user }) => user)
  })
  const app = guichet({ name: 'shop', authn: [sessions], ...(place === 'app' ? { cookies: consent } : {}) })
  if (place === 'app') app.mount('/', site)
  else app.host('shop.test', site, { cookies: consent })
  return app
}

describe('a site that declares its cookies, and has logins', () => {
  for (const place of ['app', 'host'] as const) {
    it(`does not start where the cookie of a login is missing or waits for an agreement (${place})`, async () => {
      const where = place === 'app' ? /guichet\(\{ cookies \}\)/ : /host shop\.test/
      for (const purpose of [null, 'fun'] as const) {
        await assert.rejects(openTestApp(declareApp(purpose, place)), (error: Error) => {
          assert.match(error.message, where)
          assert.match(error.message, /the cookie of a login, session, is not declared as necessary/)
          return true
        })
      }
    })
  }

  for (const transport of ['memory', 'socket'] as const) {
    it(`logs in where it is declared (${transport})`, async () => {
      await using opened = await openTestApp(declareApp('necessary', 'app'), { transport })
      const visitor = opened.client.withJar()
      await visitor.post('/login', { expect: 204 })
      await visitor.get('/me', { expect: { status: 200, json: 'ana' } })
    })
  }
})
