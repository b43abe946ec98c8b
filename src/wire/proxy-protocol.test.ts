import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../core/refusal.ts'
import { decodeProxyHeader, formatIpv6 } from './proxy-protocol.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const from = (hex: string): Buffer => Buffer.from(SIGNATURE + hex.replaceAll(' ', ''), 'hex')

test('decodeProxyHeader() gives the client behind the proxy', () => {
  const ipv4 = from('21 11 000c c0000201 c6336407 1092 01bb 474554')
  assert.deepEqual(decodeProxyHeader(ipv4), { length: 28, client: { address: '192.0.2.1', port: 4242 } })
  const ipv6 = from(`21 21 0024 20010db8000000000000000000000001 ${'00'.repeat(16)} 1092 01bb`)
  assert.deepEqual(decodeProxyHeader(ipv6), { length: 52, client: { address: '2001:db8::1', port: 4242 } })
})

test('decodeProxyHeader() skips what follows the addresses', () => {
  const withTlv = from('21 11 0010 c0000201 c6336407 1092 01bb 04000100')
  assert.deepEqual(decodeProxyHeader(withTlv), { length: 32, client: { address: '192.0.2.1', port: 4242 } })
})

test('decodeProxyHeader() knows the proxy’s own connections', () => {
  assert.deepEqual(decodeProxyHeader(from('20 00 0000')), { length: 16, client: null })
  assert.deepEqual(decodeProxyHeader(from('20 11 000c c0000201 c6336407 1092 01bb')), { length: 28, client: null })
})

test('decodeProxyHeader() waits for the whole header, wherever it is cut', () => {
  const whole = from('21 11 000c c0000201 c6336407 1092 01bb')
  for (let i = 0; i < whole.length; i += 1) assert.equal(decodeProxyHeader(whole.subarray(0, i)), null)
  assert.ok(!(decodeProxyHeader(whole) instanceof Refusal))
})

test('decodeProxyHeader() refuses what is no such header, as soon as that is known', () => {
  const wrong = [
    Buffer.from('G'),
    Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.7 4242 443\r\n'),
    from('11 11 000c c0000201 c6336407 1092 01bb'),
    from('22 11 000c c0000201 c6336407 1092 01bb'),
    from('21 11 000b c0000201 c6336407 1092 01'),
    from('21 21 000c c0000201 c6336407 1092 01bb'),
    from('21 12 000c c0000201 c6336407 1092 01bb'),
    from('21 31 0000'),
    from('21 11 ffff'),
  ]
  for (const bytes of wrong) assert.ok(decodeProxyHeader(bytes) instanceof Refusal, bytes.toString('hex'))
})

test('formatIpv6() writes the one form of RFC 5952', () => {
  const format = (hex: string): string => formatIpv6(Buffer.from(hex, 'hex'))
  assert.equal(format('00000000000000000000000000000000'), '::')
  assert.equal(format('00000000000000000000000000000001'), '::1')
  assert.equal(format('20010db8000000010000000000000000'), '2001:db8:0:1::')
  assert.equal(format('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1')
  assert.equal(format('00000000000000000000ffffc0000201'), '192.0.2.1')
})
