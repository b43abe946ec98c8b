import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { custom } from '../authn/custom.ts'
import { token } from '../authn/token.ts'
import { allOf, anyOf, AUTH, OPEN, permission } from '../authz/rules.ts'
import { ConfigError } from '../core/config-error.ts'
import { days } from '../core/duration.ts'
import { perMinute } from '../guard/rate-limit.ts'
import { file } from '../params/places.ts'
import { type AppDefinition, guichet } from './guichet.ts'
import { bootApp } from './boot.ts'

const environment = { NODE_ENV: 'test', LOG_LEVEL: 'silent' }

/** All mistakes as one text. */
async function mistakesOf(
  app: { readonly '~definition': AppDefinition },
  more: Record<string, string> = {},
): Promise<string> {
  try {
    await (await bootApp(app['~definition'], { environment: { ...environment, ...more } })).close()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.message
  }
  return ''
}

describe('bootApp()', () => {
  it('starts an app without mistakes', async () => {
    const app = guichet({ name: 'fine' })
    app.get('/', { authorize: OPEN }, () => 'hello')
    assert.equal(await mistakesOf(app), '')
  })

  it('says what is not a scheme, and what was not called', async () => {
    const uncalled = guichet({ name: 'wrong', authn: [token as never] }) // as who does not check types writes it
    assert.match(await mistakesOf(uncalled), /authn\[0\]: it is not a scheme; token has to be called: token\(\)/)
    const one = guichet({ name: 'wrong', authn: token() as never }) // the same
    assert.match(await mistakesOf(one), /authn\[0\]: it is not a scheme/)
  })

  it('says where a declaration has a shape that does not compile, since apps run unbuilt', async () => {
    const app = guichet({ name: 'wrong', authn: [token()] })
    const declare = app.get as (path: string, spec: object, handler?: unknown) => void // as who does not check types
    const answer = (): string => 'done'
    declare('/handler', { authorize: OPEN })
    declare('/option', { authorize: OPEN, limits: perMinute(5) }, answer)
    declare('/authn', { authorize: AUTH, authn: token() }, answer)
    declare('/params', { authorize: OPEN, params: z.object({ a: z.int() }) }, answer)
    declare('/limit', { authorize: OPEN, limit: 5 }, answer)
    declare('/cors', { authorize: OPEN, cors: '*' }, answer)
    const mistakes = await mistakesOf(app)
    assert.match(mistakes, /Cannot start: 6 mistakes/)
    assert.match(mistakes, /GET \/handler \(.*\): the route has no handler/)
    assert.match(mistakes, /GET \/option \(.*\): there is no option "limits"/)
    assert.match(mistakes, /GET \/authn \(.*\): authn is not a list of schemes/)
    assert.match(mistakes, /GET \/params \(.*\): params is not an object of schemas/)
    assert.match(mistakes, /GET \/limit \(.*\): limit is no limit\n *current: 5/)
    assert.match(mistakes, /GET \/cors \(.*\): cors lists no origins/)
  })

  it('refuses times that are beyond what a timer can wait: it would not wait at all', async () => {
    const app = guichet({ name: 'wrong', limits: { idleTimeoutMs: days(25), idempotencyTtlMs: days(90) } })
    app.get('/days', { authorize: OPEN, timeout: days(25) }, () => 'done')
    app.get('/never', { authorize: OPEN, timeout: Infinity }, () => 'done')
    app.get('/long', { authorize: OPEN, timeout: days(24) }, () => 'done')
    const mistakes = await mistakesOf(app)
    assert.match(mistakes, /Cannot start: 3 mistakes/)
    assert.match(mistakes, /GET \/days .*: timeout is a time that a timer can wait\n *current: 2160000000/)
    assert.match(mistakes, /GET \/never .*: timeout is a time/)
    assert.match(mistakes, /limits\.idleTimeoutMs: a time is one that a timer can wait/)
  })

  it('refuses a repeatable call whose file is used before anybody looks whether it is a repetition', async () => {
    const app = guichet({ name: 'wrong' })
    const one = file({ to: () => Promise.resolve('kept') })
    app.post('/files', { authorize: OPEN, params: { one }, idempotent: true }, () => 'done')
    assert.match(await mistakesOf(app), /POST \/files .*: idempotent does not go with the "to" of a file/)
  })

  it('reports every mistake of a declaration at once', async () => {
    const who = custom('who', () => null)
    const app = guichet({ name: 'wrong', authn: [who] })
    const owned = permission('owned', { oid: z.int() }, () => true)
    app.get('/same/:a', { authorize: OPEN }, () => 1)
    app.get('/same/:b', { authorize: OPEN }, () => 2)
    app.get('/twice', { authorize: OPEN }, () => 1)
    app.get('/twice', { authorize: OPEN }, () => 2)
    app.get('/cross/:a/x', { authorize: OPEN }, () => 1)
    app.get('/cross/y/:b', { authorize: OPEN }, () => 2)
    app.get('/default', { authorize: OPEN, params: { n: z.int().default('one' as unknown as number) } }, () => 1)
    app.get('/scheme', { authorize: AUTH, authn: [token()] }, () => 1)
    app.get('no-slash', { authorize: OPEN }, () => 1)
    app.get('/retry', { authorize: OPEN, retry: 0 }, () => 1)
    // @ts-expect-error A route says who may call.
    app.get('/no-rule', {}, () => 1)
    // @ts-expect-error The permission needs a parameter that the route lacks.
    app.get('/lacks', { authorize: owned() }, () => 1)
    app.get('/mixed', { authorize: allOf(OPEN, AUTH) }, () => 1)
    const none = [] as unknown as readonly [typeof AUTH, typeof AUTH] // a list that was filtered, say
    app.get('/empty', { authorize: anyOf(allOf(...none), AUTH) }, () => 1)
    app.get('/not-a-number', { authorize: AUTH, fresh: Number('five'), bodyBytesMax: Number('1 MB') }, () => 1)
    app.get('/replaced', { authorize: AUTH, authn: [who, custom('who', () => 'root')] }, () => 1)
    app.get('/misspelt', { authorize: AUTH, ...{ freshh: 1 } }, () => 1)
    const text = await mistakesOf(app)
    for (const part of [
      '/same/:b',
      'use the same parameter names',
      'GET is declared twice for the same paths (/twice)\n    current: first at ',
      'neither is more specific',
      'the default',
      'scheme "token", which the app lacks',
      'a path starts with "/"',
      'retry',
      'the route has no rule',
      'the permission owned needs "oid"',
      'stand alone',
      'allOf() has no rules',
      'fresh is a number',
      'bodyBytesMax is a number',
      'there is no option "freshh"',
      'the scheme "who" of the app would take the place',
    ]) {
      assert.ok(text.includes(part), `${part} is not in:\n${text}`)
    }
    assert.match(text, /boot\.test\.ts:\d+/)
  })

  it('reports every mistake of the configuration with its current and its wanted value', async () => {
    const app = guichet({
      name: 'wrong',
      limits: { bodyBytesMax: -1, ...{ bodyByteMax: 1 } },
      config: z.object({ maxItems: z.int() }),
      ...{ portt: 1 },
    })
    const more = { PORT: 'http', GUICHET_SECRT: 'x', MAX_ITEMS: 'many', GUICHET_SECRET: 'short', NODE_ENV: 'staging' }
    const text = await mistakesOf(app, more)
    for (const part of [
      'PORT (environment)',
      'current: http',
      'wanted:  0 to 65535',
      'GUICHET_SECRT',
      'MAX_ITEMS',
      'current: many',
      'there is no option "portt"',
      'limits.bodyByteMax',
      'limits.bodyBytesMax',
      'wanted:  development, test or production',
      'current: (secret)',
    ]) {
      assert.ok(text.includes(part), `${part} is not in:\n${text}`)
    }
    assert.ok(!text.includes('short'), 'a secret is never printed')
  })

  it('refuses production without a secret', async () => {
    const app = guichet({ name: 'fine' })
    app.get('/', { authorize: OPEN }, () => 'hello')
    assert.match(await mistakesOf(app, { NODE_ENV: 'production' }), /GUICHET_SECRET/)
  })
})
