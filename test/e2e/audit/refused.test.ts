import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { guichet, OPEN } from 'guichet'
import { openTestApp } from 'guichet/testing'

const folder = mkdtempSync(join(tmpdir(), 'guichet-refused-'))
after(() => rmSync(folder, { recursive: true }))

interface Line {
  readonly peer: string
  readonly code: string
}

/** What the audit says after these bytes came to a listener. */
async function linesAfter(name: 'http1' | 'node', bytes: string): Promise<readonly Line[]> {
  const file = join(folder, `${name}.jsonl`)
  const app = guichet({
    name: 'refused',
    ...(name === 'node' ? { listener: name } : {}),
  })
  app.get('/', { authorize: OPEN }, () => 'hello')
  const opened = await openTestApp(app, { transport: 'socket', environment: { GUICHET_AUDIT: file } })
  await new Promise((resolve) => {
    const socket = connect(Number(new URL(opened.client.url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('close', resolve).resume()
  })
  await opened.close()
  const text = readFileSync(file, 'utf8').trim()
  rmSync(file)
  return text.split('\n').map((line) => JSON.parse(line) as Line)
}

for (const name of ['http1', 'node'] as const) {
  test(`the audit says from where bytes came that are no request, listener ${name}`, async () => {
    const lines = await linesAfter(name, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
    assert.deepEqual(
      lines.map(({ peer, code }) => [peer, code]),
      [['127.0.0.1', 'LISTEN_BAD_REQUEST']],
    )
  })
}
