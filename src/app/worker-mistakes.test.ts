import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digest } from '../authn/digest.ts'
import { ticket } from '../authn/ticket.ts'
import { AUTH, OPEN } from '../authz/rules.ts'
import { perMinute } from '../guard/rate-limit.ts'
import { checkApp } from './boot.ts'
import { type AppDefinition, guichet } from './guichet.ts'
import { workerMistakes } from './worker-mistakes.ts'

const REDIS = { REDIS_URL: 'redis://127.0.0.1:6379' }

function problemsOf(
  app: { readonly '~definition': AppDefinition },
  environment: Readonly<Record<string, string>> = {},
): readonly string[] {
  const definition = app['~definition']
  const checked = checkApp(definition, { environment: { NODE_ENV: 'test', ...environment } })
  return workerMistakes(definition, checked).map(({ problem, current = '' }) => `${problem}: ${current}`)
}

describe('workerMistakes()', () => {
  it('finds nothing in an app that keeps nothing', () => {
    const app = guichet({ name: 'plain' })
    app.get('/', { authorize: OPEN }, () => 'hello')
    assert.deepEqual(problemsOf(app), [])
  })

  it('refuses channels, also with a shared store: their rooms are in the memory of one process', () => {
    const app = guichet({ name: 'rooms' })
    app.channel('/rooms/:room', { authorize: OPEN, messages: { say: {} } })
    for (const environment of [{}, REDIS]) {
      const problems = problemsOf(app, environment)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', /members of a room would not hear those of other processes/)
    }
  })

  it('names what schemes and sockets keep where the store is in memory', () => {
    const app = guichet({ name: 'keeps', authn: [digest({ ha1: () => null }), ticket()] })
    app.get('/me', { authorize: AUTH }, () => 'me')
    app.tcp(0, { authorize: OPEN, limit: perMinute(5), params: {} }, () => 'pong')
    const [problem = ''] = problemsOf(app)
    assert.match(problem, /it would hold answers of Digest that were used, tickets, rate limits$/)
    assert.deepEqual(problemsOf(app, REDIS), [])
  })
})
