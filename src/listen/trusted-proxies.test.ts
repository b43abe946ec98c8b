import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import type { Peer } from '../core/received.ts'
import { createTrustedProxies, isLoopback, plainAddress } from './trusted-proxies.ts'
import type { ForwardingHeader } from './trusted-proxies.ts'

const DIRECT: Peer = { address: '10.0.0.1', port: 5, isSecure: false, isDirectLoopback: false }

function resolve(headers: Readonly<Record<string, string>>, header: ForwardingHeader = 'x-forwarded-for'): Peer {
  const proxies = createTrustedProxies(['10.0.0.0/8', '192.0.2.1', 'fd00::/8'], header)
  return proxies.resolve(DIRECT, (name) => headers[name])
}

const addressOf = (list: string): string => resolve({ 'x-forwarded-for': list }).address

test('TrustedProxies takes the nearest address that is no proxy', () => {
  assert.equal(addressOf('198.51.100.7'), '198.51.100.7')
  assert.equal(addressOf('203.0.113.9, 198.51.100.7'), '198.51.100.7')
  assert.equal(addressOf('203.0.113.9, 198.51.100.7, 10.2.3.4,192.0.2.1'), '198.51.100.7')
  assert.equal(addressOf('10.2.3.4'), '10.2.3.4')
  assert.equal(addressOf('2001:db8::1, fd00::2'), '2001:db8::1')
  assert.equal(addressOf('::ffff:198.51.100.7'), '198.51.100.7')
  assert.equal(addressOf('[::ffff:198.51.100.7]:4711'), '198.51.100.7')
  assert.equal(addressOf('::FFFF:198.51.100.7'), '198.51.100.7')
  assert.equal(addressOf('198.51.100.7:4711'), '198.51.100.7')
  assert.equal(addressOf('[2001:db8::1]:4711'), '2001:db8::1')
})

test('TrustedProxies believes nothing beyond what is no address', () => {
  assert.equal(addressOf(''), '10.0.0.1')
  assert.equal(addressOf('unknown'), '10.0.0.1')
  assert.equal(addressOf('198.51.100.7, unknown, 10.2.3.4'), '10.2.3.4')
  assert.equal(addressOf('198.51.100.7, <script>'), '10.0.0.1')
  assert.equal(addressOf(`198.51.100.7${', 10.0.0.2'.repeat(1000)}`), '10.0.0.2')
})

test('TrustedProxies reads one header only, the one that its proxies set', () => {
  const headers = { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=203.0.113.9' }
  assert.equal(resolve(headers).address, '198.51.100.7')
  assert.equal(resolve(headers, 'forwarded').address, '203.0.113.9')
  assert.equal(resolve({ forwarded: 'for=203.0.113.9' }).address, '10.0.0.1')
})

test('TrustedProxies reads Forwarded by its grammar (RFC 7239)', () => {
  const peerOf = (forwarded: string): Peer => resolve({ forwarded }, 'forwarded')
  assert.equal(peerOf('For="[2001:db8::17]:4711"').address, '2001:db8::17')
  assert.equal(peerOf('for=203.0.113.9;proto=HTTPS;by=10.0.0.1').isSecure, true)
  assert.equal(peerOf('for=203.0.113.9, for="198.51.100.7:80";proto=http').address, '198.51.100.7')
  assert.equal(peerOf('for="a, b", for=198.51.100.7').address, '198.51.100.7')
  assert.equal(peerOf('for=198.51.100.7, for=_hidden').address, '10.0.0.1')
  assert.equal(peerOf('for=unknown').address, '10.0.0.1')
  assert.equal(peerOf('').address, '10.0.0.1')
})

test('TrustedProxies takes from Forwarded whether the client was on TLS, not some hop behind or before it', () => {
  const isSecure = (forwarded: string): boolean => resolve({ forwarded }, 'forwarded').isSecure
  assert.equal(isSecure('for=198.51.100.7;proto=https, for=10.2.3.4;proto=http'), true)
  assert.equal(isSecure('for=198.51.100.7;proto=http, for=10.2.3.4;proto=https'), false)
  assert.equal(isSecure('for=203.0.113.9;proto=https, for=198.51.100.7'), false)
  assert.equal(isSecure('for=203.0.113.9;proto=https, for=198.51.100.7;proto=http'), false)
  assert.equal(isSecure('for=_hidden;proto=https'), true)
  assert.equal(isSecure('proto=https'), true)
})

test('TrustedProxies takes from the proxy whether the client was on TLS', () => {
  assert.equal(resolve({ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' }).isSecure, true)
  assert.equal(resolve({ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https, http' }).isSecure, false)
  assert.equal(resolve({ 'x-forwarded-for': '198.51.100.7' }).isSecure, false)
  assert.equal(resolve({ 'x-forwarded-proto': 'https' }).isSecure, true)
})

test('TrustedProxies believes no stranger', () => {
  const proxies = createTrustedProxies([], 'x-forwarded-for')
  const headers: Readonly<Record<string, string>> = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' }
  assert.equal(
    proxies.resolve(DIRECT, (name) => headers[name]),
    DIRECT,
  )
})

test('createTrustedProxies() tells all entries that are no address or network', () => {
  const wrong = ['example.org', '10.0.0.0/33', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.0/x', '']
  assert.throws(
    () => createTrustedProxies(['10.0.0.1', ...wrong], 'x-forwarded-for'),
    (error) => error instanceof ConfigError && error.mistakes.map(({ current }) => current).join() === wrong.join(),
  )
})

test('isLoopback() knows addresses that only this machine has', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1']) assert.equal(isLoopback(address), true)
  for (const address of ['10.0.0.1', '::', '1.127.0.1', '']) assert.equal(isLoopback(address), false)
  assert.equal(plainAddress('::ffff:127.0.0.1'), '127.0.0.1')
  assert.equal(plainAddress('::ffff:7f00:1'), '::ffff:7f00:1')
})
