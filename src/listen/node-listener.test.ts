import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setUp } from './contract/contract-setup.ts'
import type { ListenerContract } from './contract/contract-setup.ts'
import { connectTls, writeCertificate } from './contract/tls-setup.ts'
import { testListener } from './listener-contract.ts'
import { createNodeListener } from './node-listener.ts'

const contract: ListenerContract = {
  name: 'node',
  create: createNodeListener,
  omits: {
    'own-status': 'has one error for all that is malformed',
    'version-1.0': 'never offers to keep a connection of HTTP/1.0',
    parallel: 'runs all pipelined requests at once, whatever they may write',
    'send-timeout': 'waits for a peer that takes nothing',
    lingering: 'closes at once',
    'connection-refusal': 'hangs up where there is no room',
    'half-close': 'takes the end of one side for the end of both',
    'first-byte': 'has no time limit for the first byte but that of the head',
    strict: 'accepts some codings and characters that ours refuses',
  },
}

const main = writeCertificate('node', ['localhost', '127.0.0.1'])
const onTls: ListenerContract = {
  ...contract,
  name: 'node on TLS',
  create: (options) => createNodeListener({ ...options, tls: main }),
  connect: (port) => connectTls(port),
  isSecure: true,
  omits: {
    ...contract.omits,
    'many-pipelined': 'pauses its parser while bytes still come, and then calls them malformed',
  },
}

testListener(contract)
testListener(onTls)

test('createNodeListener() on TLS gives the certificate of a name, and a changed one to the next peer', async (t) => {
  const files = writeCertificate('changing', ['first.example'])
  const hosts = { 'one.example': writeCertificate('one', ['one.example']) }
  const tls = { ...files, hosts, reloadIntervalMs: 20 }
  const { url } = await setUp({ ...onTls, create: (options) => createNodeListener({ ...options, tls }) }, t)
  const nameOf = async (servername?: string): Promise<string> => {
    const socket = await connectTls(Number(new URL(url).port), servername === undefined ? {} : { servername })
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return String(CN)
  }
  assert.deepEqual([await nameOf(), await nameOf('one.example')], ['first.example', 'one.example'])
  writeCertificate('changing', ['second.example'])
  let name = ''
  for (let i = 0; i < 100 && name !== 'second.example'; i += 1) {
    name = await nameOf()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(name, 'second.example')
})

test('createNodeListener() on TLS survives peers that do not speak it', async (t) => {
  const { url, client } = await setUp(
    { ...onTls, create: (options) => createNodeListener({ ...options, tls: main }) },
    t,
  )
  const plain = await fetch(url.replace('https:', 'http:')).catch((error: unknown) => error)
  assert.ok(plain instanceof Error)
  const peer = await client()
  peer.send('GET /text?here HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.equal((await peer.reply()).body, 'here')
})
