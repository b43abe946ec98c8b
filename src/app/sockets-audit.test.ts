import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { z } from 'zod'
import type { AuditRecord } from '../audit/record.ts'
import { OPEN } from '../authz/rules.ts'
import { createTcpClient } from '../dial/tcp-client.ts'
import { lengthPrefixedJson } from '../wire/length-prefix.ts'
import { guichet } from './guichet.ts'
import { serveApp } from './serve.ts'

const json = lengthPrefixedJson(64)
const app = guichet({ name: 'sockets-audit' })
app.tcp(0, { authorize: OPEN, framing: 'json', params: { text: z.string() } }, ({ text }) => text)

const audited: AuditRecord[] = []
const running = await serveApp(app['~definition'], {
  environment: { PORT: '0', LOG_LEVEL: 'silent', GUICHET_AUDIT: 'off' },
  audit: {
    name: 'memory',
    record: (record: AuditRecord) => void audited.push(record),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  },
})
after(() => running.stop())

test('tcp() tells who sends a service what is no message, and the audit has it', async () => {
  const port = Number(new URL(running.socketUrls[0] ?? '').port)
  const client = await createTcpClient({ host: '127.0.0.1', port, framing: json })
  const ask = async (message: unknown): Promise<unknown> => {
    await client.send(message)
    return (await client.messages.next()).value
  }
  assert.deepEqual(await ask([1, 2]), {
    type: 'refused',
    status: 400,
    code: 'ROOMS_BAD_MESSAGE',
    detail: 'a message is an object',
  })
  assert.equal(await ask({ text: 'still here' }), 'still here')
  assert.deepEqual(
    audited.map(({ transport, method, status, code, peer }) => [transport, method, status, code, peer]),
    [
      ['tcp', 'MESSAGE', 400, 'ROOMS_BAD_MESSAGE', '127.0.0.1'],
      ['tcp', 'MESSAGE', 200, null, '127.0.0.1'],
    ],
  )
  client.close()
})
