import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runApp, type Running } from './running.ts'

const STRAY = fileURLToPath(new URL('stray-app.ts', import.meta.url))
const environment = { GUICHET_AUDIT: 'off', NODE_ENV: 'production', GUICHET_SECRET: 'k3Yh8Qz1Wm5Tn7Rb2Vc9Xf4Lp6Sd0GjA' }

/** Waits until the log has a line with the text; gives the line. */
async function lineWith({ output }: Running, text: string): Promise<Record<string, unknown>> {
  for (;;) {
    const line = output()
      .split('\n')
      .find((one) => one.includes(text))
    if (line !== undefined) return JSON.parse(line) as Record<string, unknown>
    await sleep(10)
  }
}

describe('errors that reach nobody', () => {
  it('a rejected promise of a handler is logged with its call, and the server stays', async () => {
    const running = await runApp(STRAY, environment)
    try {
      for (const path of ['async', 'sync', 'async']) {
        assert.equal((await fetch(`${running.url}/${path}`)).status, 200)
      }
      const own = await lineWith(running, 'the call of /async')
      const logged = await lineWith(running, 'forgotten: async')
      assert.equal(logged['call'], own['call'])
      assert.equal(typeof logged['call'], 'string')
      assert.match(String(logged['stack']), /stray-app\.ts/)
      assert.equal(logged['msg'], 'a promise that nobody waits for was rejected')
      await lineWith(running, 'forgotten: sync')
      assert.equal(await (await fetch(`${running.url}/alive`)).json(), true)
    } finally {
      running.child.kill('SIGTERM')
    }
    assert.equal(await running.exited, 0)
  })

  it('an exception that nobody caught is logged; running calls are answered, then the process ends with 1', async () => {
    const running = await runApp(STRAY, environment)
    const slow = fetch(`${running.url}/slow`)
    await fetch(`${running.url}/timer`)
    assert.equal(await (await slow).json(), 'done')
    assert.equal(await running.exited, 1)
    const logged = await lineWith(running, 'thrown by a timer')
    assert.equal(logged['level'], 50)
    await assert.rejects(fetch(`${running.url}/alive`))
  })
})
