import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOwnOrigin } from './own-origin.ts'

/** Host, whether it was reached by TLS, origin. */
type Case = readonly [host: string, isSecure: boolean, origin: string]

const OWN: readonly Case[] = [
  ['app.example', false, 'http://app.example'],
  ['app.example', false, 'https://app.example'],
  ['app.example', true, 'https://app.example'],
  ['app.example:443', true, 'https://app.example'],
  ['app.example:443', false, 'https://app.example'],
  ['app.example:80', false, 'http://app.example'],
  ['app.example:8080', false, 'http://app.example:8080'],
  ['[::1]:8080', false, 'http://[::1]:8080'],
]

const FOREIGN: readonly Case[] = [
  ['app.example', true, 'http://app.example'],
  ['app.example', true, 'https://app.example:8443'],
  ['app.example:8080', false, 'http://app.example'],
  ['app.example', false, 'http://app.example.evil.example'],
  ['app.example', false, 'null'],
  ['app.example', false, ''],
  ['', false, 'null'],
  ['', false, 'http://'],
  ['a b', false, 'http://a b'],
]

function isOwn([host, isSecure, origin]: Case): boolean {
  return isOwnOrigin({ host, peer: { address: '192.0.2.1', port: 1, isSecure, isDirectLoopback: false } }, origin)
}

test('isOwnOrigin() is true for the pages of the host that was asked, however its port is written', () => {
  for (const one of OWN) assert.equal(isOwn(one), true, one.join(' '))
})

test('isOwnOrigin() is false for another host, another port, a page without TLS, and what is no origin', () => {
  for (const one of FOREIGN) assert.equal(isOwn(one), false, one.join(' '))
})
