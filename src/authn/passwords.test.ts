import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { hashed } from './boot.test-support.ts'
import { isBlocked } from './blocklist.ts'
import { BLOCKLIST_SIZE } from './blocklist-data.ts'
import { HashQueue } from './hash-queue.ts'
import { createPasswords } from './passwords.ts'

const limits = defaultLimits
const lax = createPasswords({ limits, lengthMin: 4, blocklist: false })

async function hashOf(service: ReturnType<typeof createPasswords>, password: string): Promise<string> {
  const hash = await service.hash(password)
  assert.ok(typeof hash === 'string')
  return hash
}

describe('createPasswords()', () => {
  it('hash() uses argon2id with at least the promised parameters by default', async () => {
    assert.match(await hashOf(lax, 'susie'), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('verify() is true for the password and false for another, in each algorithm', async () => {
    for (const algorithm of ['argon2id', 'bcrypt', 'scrypt'] as const) {
      const service = createPasswords({ limits, lengthMin: 4, blocklist: false, algorithm, bcrypt: { cost: 10 } })
      const hash = await hashOf(service, 'susie')
      assert.equal(await service.verify('susie', hash), true, algorithm)
      assert.equal(await service.verify('Susie', hash), false, algorithm)
      assert.equal(await lax.verify('susie', hash), true, `${algorithm} verified by a service of another`)
      assert.equal(service.needsRehash(hash), false)
    }
  })

  it('verify() takes bcrypt hashes 2a and 2y of other systems', async () => {
    const bcrypt = createPasswords({
      limits,
      lengthMin: 4,
      blocklist: false,
      algorithm: 'bcrypt',
      bcrypt: { cost: 10 },
    })
    const hash = await hashOf(bcrypt, 'susie')
    for (const prefix of ['2a', '2y']) assert.equal(await lax.verify('susie', hash.replace('2b', prefix)), true)
  })

  it('verify() reads the PHC text of scrypt', async () => {
    const salt = Buffer.from('0123456789abcdef')
    const digest = scryptSync('susie', salt, 32, { N: 16384, r: 8, p: 1 })
    const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
    const hash = `$scrypt$ln=14,r=8,p=1$${text(salt)}$${text(digest)}`
    assert.equal(await lax.verify('susie', hash), true)
    assert.equal(await lax.verify('calvin', hash), false)
  })

  it('verify() is false on null and on texts that are no hash', async () => {
    const wrong = [null, '', '!', 'susie', '$argon2id$v=19$m=1', '$scrypt$ln=63,r=8,p=1$AAAA$AAAA', '$2b$04$short']
    for (const hash of wrong) assert.equal(await lax.verify('susie', hash), false, String(hash))
  })

  it('verify() takes one spelling of a character for the other', async () => {
    const hash = await hashOf(lax, 'caf\u00e9s')
    assert.equal(await lax.verify('cafe\u0301s', hash), true)
  })

  it('verify() is false when the password is longer than any that could be set', async () => {
    const hash = await hashOf(lax, 'susie')
    assert.equal(await lax.verify('x'.repeat(limits.passwordBytesMax + 1), hash), false)
  })

  it('needsRehash() is true for other algorithms and weaker parameters', async () => {
    const salted = 'c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b6VXjbgQ5Q1FDnM6LJJo/9V8Pw'
    assert.equal(lax.needsRehash(`$argon2id$v=19$m=19456,t=2,p=1$${salted}`), false)
    assert.equal(lax.needsRehash(`$argon2id$v=19$m=9728,t=2,p=1$${salted}`), true)
    assert.equal(lax.needsRehash(`$argon2id$v=19$m=65536,t=1,p=1$${salted}`), true)
    assert.equal(lax.needsRehash(`$argon2i$v=19$m=65536,t=3,p=1$${salted}`), true)
    assert.equal(lax.needsRehash(`$2b$12$${'a'.repeat(53)}`), true)
    const bcrypt = createPasswords({ limits, algorithm: 'bcrypt', bcrypt: { cost: 12 } })
    assert.equal(bcrypt.needsRehash(`$2b$12$${'a'.repeat(53)}`), false)
    assert.equal(bcrypt.needsRehash(`$2y$11$${'a'.repeat(53)}`), true)
  })

  it('refuses parameters below the least', () => {
    assert.throws(() => createPasswords({ limits, bcrypt: { cost: 9 } }), RangeError)
    assert.throws(() => createPasswords({ limits, argon2: { memoryKib: 8192 } }), RangeError)
    assert.throws(() => createPasswords({ limits, scrypt: { logCost: 14 } }), RangeError)
  })

  it('hash() refuses a weak password with 400 and the reason', async () => {
    const refusal = await lax.hash('abc')
    assert.ok(refusal instanceof Refusal)
    assert.equal(refusal.code, 'AUTHN_WEAK_PASSWORD')
    assert.equal(refusal.status, 400)
    assert.match(refusal.message, /password is too short: 3 characters, at least 4 needed/)
  })

  it('rehash() takes a password that is weaker than what is asked of new ones', async () => {
    assert.match(await hashed(lax, 'abc'), /^\$argon2id\$/)
  })

  it('verify() refuses with 503 and Retry-After when the queue is full', async () => {
    const small = createPasswords({ limits: { ...limits, hashesMax: 1, hashQueueMax: 1 }, lengthMin: 4 })
    const hash = await hashOf(lax, 'susie')
    const found = await Promise.all([1, 2, 3].map(() => small.verify('susie', hash)))
    assert.deepEqual(found.slice(0, 2), [true, true])
    const refusal = found[2]
    assert.ok(refusal instanceof Refusal)
    assert.equal(refusal.code, 'AUTHN_BUSY')
    assert.equal(refusal.status, 503)
    assert.deepEqual(refusal.headers, ['retry-after', '2'])
  })
})

describe('HashQueue', () => {
  it('run() never runs more than its number, and gives the place on after a failure', async () => {
    const queue = new HashQueue({ runningMax: 2, waitingMax: 10 })
    let running = 0
    let most = 0
    const task = async (fails: boolean): Promise<number> => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      if (fails) throw new Error('broken')
      return 1
    }
    const ends = await Promise.allSettled(
      [true, false, true, false, false].map((fails) => queue.run(() => task(fails))),
    )
    assert.equal(most, 2)
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
  })
})

describe('check()', () => {
  const service = createPasswords({
    limits,
    words: ['stuff'],
    check: [(password) => (password.includes('x') ? 'no x' : null), () => []],
  })

  it('gives nothing for a good password of 15 characters, of 64, and of any script', () => {
    for (const good of [
      'correct horse battery',
      'staple on a battery',
      'b'.repeat(20) + 'cdefh'.repeat(9),
      'mot de passe très sûr',
    ]) {
      assert.deepEqual(service.check(good), [], good)
    }
  })

  it('wants 15 characters by default and counts characters, not bytes', () => {
    assert.match(service.check('short and good')[0] ?? '', /14 characters, at least 15/)
    assert.match(service.check('😀'.repeat(7) + 'é'.repeat(7))[0] ?? '', /14 characters/)
  })

  it('refuses what is longer than the bytes that are hashed', () => {
    assert.match(service.check('x'.repeat(1025))[0] ?? '', /at most 1024 bytes/)
    const bcrypt = createPasswords({ limits, algorithm: 'bcrypt' })
    assert.match(bcrypt.check('ab cd ef gh ij kl '.repeat(5))[0] ?? '', /at most 72 bytes/)
  })

  it('gives all mistakes at once', () => {
    assert.equal(service.check('stuff1').length, 2)
    assert.deepEqual(service.check('an x is here somewhere'), ['no x'])
  })

  it('refuses control characters, which Basic cannot carry', () => {
    assert.deepEqual(service.check('correct horse\u0000 battery'), ['the password has a control character'])
  })
})

describe('isBlocked()', () => {
  it('is true for well-known passwords in their usual disguises', () => {
    for (const bad of [
      'password',
      'P@ssw0rd2024!',
      'passwordpassword',
      'Password Password 1',
      'qwertyuiopasdfghjkl',
      '123456789012345',
      'iloveyouforever',
      'thisismypassword',
      'aaaaaaaaaaaaaaaaaa',
      'abcabcabcabcabcabc',
      'abcdefghijklmnop',
      'liverpool1234567',
      'correcthorsebatterystaple',
    ]) {
      assert.equal(isBlocked(bad), true, bad)
    }
  })

  it('is false for others', () => {
    for (const good of [
      'correct horse battery',
      'staple on a battery',
      'mosquito lamp seven',
      'tr0ub4dor and three',
      '',
    ]) {
      assert.equal(isBlocked(good), false, good)
    }
  })

  it('has more than 3,000 passwords', () => {
    assert.ok(BLOCKLIST_SIZE > 3000)
  })

  it('takes few good passwords for bad ones', () => {
    let wrong = 0
    for (let i = 0; i < 20_000; i++) if (isBlocked(`zq ${i} wombat ${i * 7919}`)) wrong++
    assert.ok(wrong <= 5, `${wrong} of 20,000`)
  })
})
