import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Call } from '../core/call.ts'
import { systemClock } from '../core/clock.ts'
import { createIds } from '../core/ids.ts'
import { createKeyring } from '../core/keyring.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Peer } from '../core/received.ts'
import { Refusal } from '../core/refusal.ts'
import type { Identity, Recognition, Scheme, SchemeBoot } from '../core/scheme.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createPasswords } from './passwords.ts'

/** What one call carries, as far as schemes read it. */
export interface CredentialsSent {
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: Readonly<Record<string, string>>
  /** Fields of the body, for a scheme that reads it. */
  readonly body?: Readonly<Record<string, unknown>>
}

/** How the suite gets a scheme, and credentials for it. */
export interface SchemeFixture {
  /** A new scheme; options that an app would give it are given here. */
  readonly create: () => Scheme
  /** Statements that the scheme may call. */
  readonly sql?: unknown
  /** Credentials that are right, once the scheme was prepared, and the user whom they name. */
  readonly right: (scheme: Scheme) => CredentialsSent | Promise<CredentialsSent>
  readonly user: string
  /** Credentials of the scheme that are wrong, by what is wrong with them. */
  readonly wrong: Readonly<Record<string, CredentialsSent>>
}

const PEER: Peer = { address: '127.0.0.1', port: 40_000, isSecure: true, isDirectLoopback: true }
const SECRET = 'a secret of the contract that is long enough'

/** Registers the tests (`node:test`) that every scheme must pass. */
export function testScheme(name: string, fixture: SchemeFixture): void {
  describe(`scheme contract: ${name}`, () => {
    let scheme: Scheme
    const recognize = async (sent: CredentialsSent): Promise<Recognition> => scheme.recognize(callOf(sent))
    before(() => {
      scheme = fixture.create()
      assert.deepEqual(scheme.prepare(bootOf(fixture.sql)), [])
    })

    test('it has a name that stands well in a line', () => assert.match(scheme.name, /^[a-z][a-z0-9-]*$/))

    test('recognize() finds nobody where nothing of its own is sent', async () => {
      assert.equal(await recognize({}), null)
      assert.equal(await recognize({ headers: { authorization: 'Other abc' }, cookies: { other: 'x' } }), null)
    })

    test('recognize() finds the user, each time', async () => {
      const sent = await fixture.right(scheme)
      for (let i = 0; i < 2; i++)
        assertIdentity(await recognize(sent), { user: fixture.user, isAmbient: scheme.isAmbient })
    })

    for (const [what, sent] of Object.entries(fixture.wrong)) {
      test(`recognize() refuses ${what}, and repeats no secret`, async () => {
        const found = await recognize(sent)
        assert.ok(found instanceof Refusal, `${what} was not refused`)
        assert.ok([400, 401, 403, 429, 503].includes(found.status), String(found.status))
        for (const secret of secretsOf(sent)) {
          assert.ok(
            !`${found.message} ${found.reason} ${found.headers.join(' ')}`.includes(secret),
            'it repeats what was sent',
          )
        }
      })
    }

    test('recognize() never throws on garbage', async () => {
      const right = await fixture.right(scheme)
      for (const garbage of ['', ' ', ':', '%', '\0', 'é'.repeat(500), '=;,"', 'Bearer', 'Basic', 'Basic ====']) {
        const found = await recognize(withValues(right, garbage))
        assert.ok(found === null || found instanceof Refusal, JSON.stringify(garbage))
      }
    })

    test('challenge() is a challenge, or null', () => {
      const challenge = scheme.challenge('a "realm"')
      if (challenge !== null) assert.match(challenge, /^[A-Za-z][A-Za-z0-9-]*( [\t\x20-\x7e]+)?$/)
    })

    test('checkCsrf() is there where credentials ride along by themselves', () => {
      if (scheme.isAmbient) assert.equal(typeof scheme.checkCsrf, 'function')
    })

    test('describe() names objects of OpenAPI', () => {
      for (const object of Object.values(scheme.describe('realm'))) assert.equal(typeof object['type'], 'string')
    })
  })
}

function assertIdentity(found: Recognition, expected: { readonly user: string; readonly isAmbient: boolean }): void {
  assert.ok(found !== null, 'nobody was recognised')
  if (found instanceof Refusal) assert.fail(`nobody was recognised: ${found.code}`)
  const identity: Identity = found
  assert.equal(identity.user, expected.user)
  assert.ok(Array.isArray(identity.scopes) && typeof identity.claims === 'object')
  if (!expected.isAmbient) assert.equal(identity.isAmbient, false)
}

/** What is long enough to be a secret. */
function secretsOf({ headers, cookies, body }: CredentialsSent): readonly string[] {
  const values = [...Object.values(headers ?? {}), ...Object.values(cookies ?? {}), ...Object.values(body ?? {})]
  return values.map(String).filter((value) => value.length >= 8)
}

function withValues(sent: CredentialsSent, value: string): CredentialsSent {
  const all = (fields: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
    Object.fromEntries(Object.keys(fields).map((name) => [name, value]))
  return { headers: all(sent.headers), cookies: all(sent.cookies), body: all(sent.body) }
}

const ignore = (): void => undefined
const LOG = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function bootOf(sql: unknown = null): SchemeBoot {
  const limits = defaultLimits
  return {
    realm: 'contract',
    isProduction: false,
    sql,
    config: null,
    services: {
      clock: systemClock,
      ids: createIds(),
      limits,
      keyring: createKeyring([SECRET]),
      passwords: createPasswords({ limits, lengthMin: 1, blocklist: false }),
      log: LOG,
      isProduction: false,
      hasSecureCookies: false,
      store: createMemoryStore(),
    },
  }
}

function callOf({ headers = {}, cookies = {}, body = {} }: CredentialsSent): Call {
  const call = {
    identity: null,
    method: 'GET',
    realm: 'contract',
    peer: PEER,
    received: { host: 'localhost:3000', path: '/', query: '', peer: PEER },
    log: LOG,
    now: () => new Date(),
    addHeader: ignore,
    header: (name: string) => headers[name],
    cookie: (name: string) => cookies[name],
    bodyField: (name: string) => body[name],
  }
  // Schemes read nothing else of a call.
  return call as unknown as Call
}
