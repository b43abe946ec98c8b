import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serveApp } from '../app/serve.ts'
import { type App, guichet } from '../app/guichet.ts'
import { AUTH, CLOSED, OPEN } from '../authz/rules.ts'
import type { Env } from '../core/rule.ts'
import { formatWelcome } from './welcome.ts'

async function welcome(app: App<Env>): Promise<string> {
  const environment = { PORT: '0', LOG_LEVEL: 'silent', NODE_ENV: 'test' }
  const running = await serveApp(app['~definition'], { environment })
  try {
    return formatWelcome(running, { elapsedMs: 12, hasColor: false })
  } finally {
    await running.stop()
  }
}

describe('formatWelcome()', () => {
  it('says which routes nobody can call, where the app has no scheme', async () => {
    const app = guichet({ name: 'shut' })
    app.get('/', { authorize: OPEN }, () => 'all')
    app.get('/closed', { authorize: CLOSED }, () => 'none')
    assert.doesNotMatch(await welcome(app), /Nobody/)
    app.get('/me', { authorize: AUTH }, (_, { user }) => user)
    assert.match(await welcome(app), /Nobody can call GET \/me: declare schemes, guichet\(\{ authn/)
    app.get('/you', { authorize: AUTH }, (_, { user }) => user)
    assert.match(await welcome(app), /Nobody can call GET \/me and 1 more:/)
  })

  it('counts one route as one', async () => {
    const app = guichet({ name: 'one' })
    app.get('/', { authorize: OPEN }, () => 'all')
    assert.match(await welcome(app), / 1 route, no database, ready in 12 ms/)
  })
})
