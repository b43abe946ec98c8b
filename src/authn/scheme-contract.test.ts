import { defaultLimits } from '../core/limits.ts'
import { apiKey, createApiKey } from './api-key.ts'
import { basic } from './basic.ts'
import { custom } from './custom.ts'
import { param } from './param.ts'
import { createPasswords } from './passwords.ts'
import { testScheme } from './scheme-contract.ts'
import { token } from './token.ts'

const passwords = createPasswords({ limits: defaultLimits, lengthMin: 1, blocklist: false })
const hashed = await passwords.hash('a password of susie')
const hash = typeof hashed === 'string' ? hashed : ''
const stored = { password: (login: string): string | null => (login === 'susie' ? hash : null) }
const basicHeader = (login: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` },
})

testScheme('basic', {
  create: () => basic(stored),
  right: () => basicHeader('susie', 'a password of susie'),
  user: 'susie',
  wrong: {
    'a wrong password': basicHeader('susie', 'another password'),
    'an unknown login': basicHeader('nobody', 'a password of susie'),
    'a login without a colon': { headers: { authorization: `Basic ${Buffer.from('susie').toString('base64')}` } },
  },
})

testScheme('param', {
  create: () => param(stored),
  right: () => ({ body: { USER: 'susie', PASS: 'a password of susie' } }),
  user: 'susie',
  wrong: {
    'a wrong password': { body: { USER: 'susie', PASS: 'another password' } },
    'a password that is no text': { body: { USER: 'susie', PASS: ['a password of susie'] } },
  },
})

for (const format of ['guichet', 'jwt'] as const) {
  testScheme(`token (${format})`, {
    create: () => token({ format }),
    right: async (scheme) => {
      // The suite gives back what `create` made.
      const text = await (scheme as ReturnType<typeof token>).createToken('susie')
      return { headers: { authorization: `Bearer ${text}` } }
    },
    user: 'susie',
    wrong: { 'a made up token': { headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdXNpZSJ9.' } } },
  })
}

const { key, hash: keyHash } = createApiKey()
testScheme('apiKey', {
  create: () => apiKey({ owner: (one) => (one === keyHash ? { user: 'robot', scopes: [] } : null) }),
  right: () => ({ headers: { 'x-api-key': key } }),
  user: 'robot',
  wrong: { 'an unknown key': { headers: { 'x-api-key': createApiKey().key } } },
})

testScheme('custom', {
  create: () =>
    custom('badge', (call) =>
      /^[a-z]+$/.test(call.header('x-badge') ?? '') ? (call.header('x-badge') ?? null) : null,
    ),
  right: () => ({ headers: { 'x-badge': 'ana' } }),
  user: 'ana',
  wrong: {},
})
