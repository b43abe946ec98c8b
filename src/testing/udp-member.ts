import { randomBytes } from 'node:crypto'
import type { RefusalCode } from '../core/refusal.ts'
import { createUdpClient, type UdpClient } from '../dial/udp-client.ts'
import { encodeDatagram } from '../wire/datagram.ts'
import { createDatagramKey } from '../wire/datagram-key.ts'
import { EndWatch, JoinRefusedError, type MemberConnection, MessageQueue, parseObject } from './member-connection.ts'
import type { SocketPlaceFound } from './socket-places.ts'

const WAIT_MS = 5000
const KEY_MS = 3_600_000

/** After these a client hears no more; others refuse one message. */
const ENDS: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'HANDLE_FAULT',
  'LISTEN_CLOSING',
  'ROOMS_EXPIRED',
  'ROOMS_NOT_RECOVERABLE',
  'ROOMS_REVOKED',
])

/** Joins a channel by datagrams, signed with a key of `login`; its address is confirmed first. */
export async function openUdp(
  place: SocketPlaceFound,
  { login, since }: { readonly login: string; readonly since: string | null },
): Promise<MemberConnection> {
  const { url, params, services } = place
  const client = await createUdpClient({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) })
  const key = createDatagramKey(services.keyring, login, services.clock.now() + KEY_MS)
  const send = (said: object): Promise<void> => {
    const payload = Buffer.from(JSON.stringify({ params, ...said }))
    const [sentAtMs, nonce] = [services.clock.now(), randomBytes(8)]
    return client.send(encodeDatagram({ keyId: key.keyId, sentAtMs, nonce, payload }, key.key))
  }
  await send({ since })
  const { confirm } = parseObject(await receive(client)) ?? {}
  await send({ since, confirm })
  const first = await receive(client)
  const { type, status } = parseObject(first) ?? {}
  if (type !== 'joined') {
    client.close()
    throw new JoinRefusedError(Number(status), first)
  }
  const { messages, ended, end } = listen(client, first)
  return {
    messages,
    ended,
    say: (message) => send({ message }),
    write: () => Promise.reject(noLines()),
    close: () => void send({ leave: true }).finally(() => end(true)),
  }
}

function noLines(): Error {
  return new TypeError('Cannot write a line in a signed datagram: use send()')
}

async function receive(client: UdpClient): Promise<string> {
  const bytes = await client.receive(WAIT_MS)
  if (bytes !== null) return Buffer.from(bytes).toString('utf8')
  client.close()
  throw new JoinRefusedError(0, `no datagram came within ${WAIT_MS} ms`)
}

interface Listening extends Pick<MemberConnection, 'ended' | 'messages'> {
  /** `isOwn`: this side ends it. */
  readonly end: (isOwn: boolean) => void
}

function listen(client: UdpClient, first: string): Listening {
  const [watch, queue] = [new EndWatch(), new MessageQueue()]
  queue.push(first)
  const over = new AbortController()
  const end = (isOwn: boolean): void => {
    if (over.signal.aborted) return
    over.abort()
    client.close()
    queue.end()
    watch.end(isOwn)
  }
  const pump = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const bytes = await client.receive(WAIT_MS)
      if (bytes === null) continue
      const text = Buffer.from(bytes).toString('utf8')
      queue.push(text)
      const code = watch.note(text)
      if (code !== null && ENDS.has(code)) end(false)
    }
  }
  void pump()
  return { messages: queue, ended: watch.ended, end }
}
