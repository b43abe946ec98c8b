import { createHash, randomBytes } from 'node:crypto'
import type { Call } from '../core/call.ts'
import type { MaybePromise } from '../core/refusal.ts'
import { Refusal } from '../core/refusal.ts'
import { identityOf, type Recognition, type Scheme } from '../core/scheme.ts'
import { header, type Carrier } from './carriers.ts'
import { lookupContext, type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot, saysMore } from './per-boot.ts'

/** Whose key it is. */
export interface ApiKeyOwner {
  readonly user: string
  readonly scopes?: readonly string[]
}

export interface ApiKeyOptions<in Sql = unknown, in Config = unknown> {
  /** The owner of the key with this hash, null for an unknown, ended or revoked one; asked at each call. */
  readonly owner?: (hash: string, context: LookupContext<Sql, Config>) => MaybePromise<string | ApiKeyOwner | null>
  /** Where the key is; the header `X-Api-Key` by default. */
  readonly carrier?: Carrier
}

/** A new key: shown once, its hash stored. */
export interface NewApiKey {
  readonly key: string
  readonly hash: string
}

const KEY = /^gk_[A-Za-z0-9_-]{43}$/

/** Makes a key of 256 random bits. It needs no slow hash: nobody can guess it. */
export function createApiKey(): NewApiKey {
  const key = `gk_${randomBytes(32).toString('base64url')}`
  return { key, hash: hashApiKey(key) }
}

/** What the database holds of a key: SHA-256 in base64url. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}

/** Keys of programs, looked up by their hash: who reads the database cannot use one. */
export function apiKey<Sql = unknown, Config = unknown>(
  options: ApiKeyOptions<Sql, Config> = {},
): DeclaredScheme<LookupContext<Sql, Config>> {
  return perBoot(() => createScheme(options), saysMore(options))
}

function createScheme<Sql, Config>(options: ApiKeyOptions<Sql, Config>): Scheme<LookupContext<Sql, Config>> {
  const carrier = options.carrier ?? header('X-Api-Key')
  let context: LookupContext<Sql, Config> | null = null
  const recognizeKey = (key: string): MaybePromise<Recognition> => {
    if (context === null) throw new Error('Cannot recognize: the scheme is not one of an app')
    if (!KEY.test(key)) return new Refusal('AUTHN_MALFORMED', { reason: 'the API key does not have its form' })
    const hash = hashApiKey(key)
    const owner = options.owner?.(hash, context) ?? null
    return owner instanceof Promise ? owner.then((one) => toRecognition(one, hash)) : toRecognition(owner, hash)
  }
  return {
    name: 'api-key',
    reads: carrier.kind === 'param' ? 'body' : 'head',
    isAmbient: false,
    bodyFields: carrier.kind === 'param' ? [carrier.name] : [],
    challenge: () => null,
    prepare: (boot) => {
      context = lookupContext<Sql, Config>(boot)
      const mistakes = []
      if (options.owner === undefined) {
        mistakes.push({ problem: 'the scheme cannot know any key', wanted: 'owner: (hash, { sql }) => user' })
      }
      if (carrier.kind === 'cookie') mistakes.push({ problem: 'an API key is not for browsers', wanted: 'header()' })
      return mistakes
    },
    describe: () => describeKey(carrier),
    recognize: (call: Call) => {
      const key = carrier.read(call)
      return key === null ? null : recognizeKey(key)
    },
  }
}

function toRecognition(owner: string | ApiKeyOwner | null, hash: string): Recognition {
  if (owner === null) return new Refusal('AUTHN_BAD_CREDENTIALS', { message: 'invalid key', reason: 'unknown API key' })
  const { user, scopes = [] } = typeof owner === 'string' ? { user: owner } : owner
  return { ...identityOf(user), scopes: Object.freeze([...scopes]), credentialId: hash.slice(0, 22) }
}

function describeKey({ kind, name }: Carrier): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  if (kind === 'bearer') return { 'api-key': { type: 'http', scheme: 'bearer', bearerFormat: 'API key' } }
  return kind === 'header' ? { 'api-key': { type: 'apiKey', in: 'header', name } } : {}
}
