import assert from 'node:assert/strict'
import { it, mock } from 'node:test'
import { guichet, OPEN } from 'guichet'
import { openTestApp } from 'guichet/testing'
import { queries } from '../desk/queries.sql.ts'

const DAY_MS = 86_400_000

it('an app that runs for days forgets the answers whose time has ended', async () => {
  const app = guichet({ name: 'days', database: { queries, migrations: '../desk/migrations' } })
  app.post('/pay', { authorize: OPEN, idempotent: true }, () => 'paid')
  const time = { nowMs: Date.UTC(2026, 0, 1) }
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    await using opened = await openTestApp(app, { clock: { now: () => time.nowMs } })
    const driver = opened.app?.database?.driver ?? assert.fail()
    const count = async (): Promise<string | null | undefined> =>
      (await driver.run('SELECT count(*) FROM guichet_idempotency', [])).rows[0]?.[0]
    await opened.client.post('/pay', { headers: { 'idempotency-key': 'the-first-of-all' }, expect: 200 })
    time.nowMs += DAY_MS / 2
    await opened.client.post('/pay', { headers: { 'idempotency-key': 'the-second-of-all' }, expect: 200 })
    time.nowMs += DAY_MS / 2 + 1
    assert.equal(await count(), '2')
    mock.timers.tick(3_600_000)
    for (let i = 0; (await count()) !== '1'; i++) assert.ok(i < 1000, 'it was not purged')
  } finally {
    mock.timers.reset()
  }
})
