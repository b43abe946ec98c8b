import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeSelfSigned } from '../listen/contract/self-signed.ts'
import { describeEnd } from './certificate-end.ts'
import { guichet } from './guichet.ts'
import { serveApp } from './serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-end-'))
after(() => rmSync(folder, { recursive: true }))
const DAY_MS = 86_400_000
const [certFile, keyFile] = [join(folder, 'a.crt'), join(folder, 'a.key')]
// It ends in a year.
const MADE = Date.UTC(2026, 0, 1)
const END = MADE + 365 * DAY_MS
const { cert, key } = makeSelfSigned(['a.test'], MADE)
writeFileSync(certFile, cert)
writeFileSync(keyFile, key)

for (const [name, nowMs, said] of [
  ['not yet', MADE - 366 * DAY_MS, 'the certificate is not valid before 2025-01-01'],
  ['in its time', END - 15 * DAY_MS, null],
  ['two weeks before its end', END - 13 * DAY_MS, 'the certificate ends on 2027-01-01: renew it'],
  ['after its end', END, 'the certificate ended on 2027-01-01: browsers let nobody in'],
] as const) {
  test(`describeEnd() says ${said === null ? 'nothing' : 'so'} when a certificate is ${name}`, () => {
    assert.equal(describeEnd(certFile, nowMs), said)
  })
}

test('describeEnd() says nothing of what is no certificate', () => {
  assert.equal(describeEnd(keyFile, MADE), null)
  assert.equal(describeEnd(join(folder, 'nothing'), MADE), null)
})

test('a server warns at its start when its certificate has ended', async () => {
  const lines: string[] = []
  const tell = (_: object, message: string): void => void lines.push(message)
  const silent = (): void => undefined
  const environment = { PORT: '0', NODE_ENV: 'test', GUICHET_AUDIT: 'off' }
  const app = guichet({ name: 'old', tls: { certFile, keyFile } })
  for (const [nowMs, said] of [
    [END + DAY_MS, ['the certificate ended on 2027-01-01: browsers let nobody in']],
    [MADE, []],
  ] as const) {
    lines.length = 0
    const log = { debug: silent, info: silent, warn: tell, error: silent }
    const running = await serveApp(app['~definition'], { environment, log, clock: { now: () => nowMs } })
    await running.stop()
    assert.deepEqual(lines, said)
  }
})
