import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { type AppDefinition, guichet } from './guichet.ts'
import { serveApp } from './serve.ts'

/** Where the mistakes are that keep an app with these options from being served. */
async function mistakesOf(options: Partial<AppDefinition['options']>, proxies = ''): Promise<readonly string[]> {
  const app = guichet({ name: 'wrong', ...options })
  const environment = { NODE_ENV: 'test', LOG_LEVEL: 'silent', PORT: '0', GUICHET_TRUSTED_PROXIES: proxies }
  try {
    await (await serveApp(app['~definition'], { environment })).stop()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.mistakes.map(({ where, problem }) => `${where}: ${problem}`)
  }
  return []
}

test('serveApp() does not start with proxyProtocol where no proxy is listed', async () => {
  const problem = 'no proxy is listed, so every connection would be closed'
  assert.deepEqual(await mistakesOf({ proxyProtocol: true }), [`proxyProtocol: ${problem}`])
  assert.deepEqual(await mistakesOf({ proxyProtocol: true }, '10.0.0.1'), [])
})

test('serveApp() does not drop what node:http is served without', async () => {
  const problem = 'the listener of node:http does not have it'
  assert.deepEqual(await mistakesOf({ listener: 'node', proxyProtocol: true }, '10.0.0.1'), [
    `proxyProtocol: ${problem}`,
  ])
  assert.deepEqual(await mistakesOf({ listener: 'node' }), [])
})
