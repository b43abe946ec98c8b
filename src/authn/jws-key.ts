import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  timingSafeEqual,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { isGuessable, SECRET_BYTES_MIN } from '../core/keyring.ts'
import type { MaybePromise } from '../core/refusal.ts'
import type { SchemeMistake } from '../core/scheme.ts'
import { formatPart, type Jws } from './jws.ts'
import { loadJose } from './load-jose.ts'

/** Algorithms of RFC 7518 and RFC 8037 that are taken; `none` and those with SHA-1 are not among them. */
export type JwsAlgorithm = 'HS256' | 'RS256' | 'PS256' | 'ES256' | 'EdDSA'

/** A key of an app or of those whose tokens it takes. Its algorithm is fixed here, never read from a token. */
export type JwsKeyOptions =
  | { readonly algorithm: 'HS256'; readonly kid: string; readonly secret: string }
  | {
      readonly algorithm: 'RS256' | 'PS256' | 'ES256' | 'EdDSA'
      readonly kid: string
      /** PEM or JWK. With a private key the app can sign, with a public one only verify. */
      readonly privateKey?: string | JsonWebKey
      readonly publicKey?: string | JsonWebKey
    }

/** A key that is ready: it signs (where it can) and verifies by its one algorithm. */
export interface JwsKey {
  readonly kid: string
  readonly algorithm: JwsAlgorithm
  readonly canSign: boolean
  /** The whole compact JWS. */
  sign(header: object, payload: object): MaybePromise<string>
  /** `text` is the compact JWS that `jws` was parsed from. */
  verify(jws: Jws, text: string): MaybePromise<boolean>
  /** The public half for a key set (RFC 7517); null for a secret. */
  readonly publicJwk: JsonWebKey | null
}

const RSA_BITS_MIN = 2048

/** HMAC with SHA-256 (RFC 7518 section 3.2), synchronous. */
export function createHs256Key(kid: string, key: KeyObject): JwsKey {
  const signatureOf = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return {
    kid,
    algorithm: 'HS256',
    canSign: true,
    publicJwk: null,
    sign: (header, payload) => {
      const signed = `${formatPart(header)}.${formatPart(payload)}`
      return `${signed}.${signatureOf(signed).toString('base64url')}`
    },
    verify: ({ signed, signature }) => signature.length === 32 && timingSafeEqual(signatureOf(signed), signature),
  }
}

/** A name for a derived secret that says nothing about it. */
export function kidOf(key: KeyObject): string {
  return createHmac('sha256', key).update('kid').digest('base64url').slice(0, 8)
}

/** Makes a key of its options, or says what is wrong with them. */
export function importJwsKey(options: JwsKeyOptions): JwsKey | SchemeMistake {
  if (options.kid === '') return { problem: 'a key has an empty kid' }
  if (options.algorithm === 'HS256') {
    const bytes = Buffer.byteLength(options.secret)
    if (bytes < SECRET_BYTES_MIN) {
      return {
        problem: `the secret of key "${options.kid}" is too short`,
        current: `${bytes} bytes`,
        wanted: `${SECRET_BYTES_MIN} bytes or more`,
      }
    }
    if (isGuessable(options.secret)) {
      return { problem: `the secret of key "${options.kid}" can be guessed`, wanted: 'random characters' }
    }
    return createHs256Key(options.kid, createSecretKey(Buffer.from(options.secret)))
  }
  try {
    const privateKey = options.privateKey === undefined ? null : createPrivateKey(keyInput(options.privateKey))
    const material = options.publicKey ?? privateKey
    if (material === null) return { problem: `key "${options.kid}" has no material`, wanted: 'privateKey or publicKey' }
    const publicKey = createPublicKey(
      isKeyObject(material) ? material.export({ type: 'pkcs8', format: 'pem' }) : keyInput(material),
    )
    return problemOf(options, publicKey) ?? createAsymmetricKey(options, publicKey, privateKey)
  } catch (error) {
    return {
      problem: `key "${options.kid}" cannot be read: ${error instanceof Error ? error.message : 'unknown form'}`,
    }
  }
}

function isKeyObject(material: string | JsonWebKey | KeyObject): material is KeyObject {
  return typeof material === 'object' && 'asymmetricKeyType' in material
}

function keyInput(material: string | JsonWebKey): string | { key: JsonWebKey; format: 'jwk' } {
  return typeof material === 'string' ? material : { key: material, format: 'jwk' }
}

type AsymmetricOptions = Exclude<JwsKeyOptions, { algorithm: 'HS256' }>

/** A key that does not go with its algorithm would fail at the first token, or be weaker than it looks. */
function problemOf({ algorithm, kid }: AsymmetricOptions, key: KeyObject): SchemeMistake | null {
  const type = key.asymmetricKeyType
  const details = key.asymmetricKeyDetails
  const wantsRsa = algorithm === 'RS256' || algorithm === 'PS256'
  if (wantsRsa) {
    const bits = details?.modulusLength ?? 0
    if (type === 'rsa' && bits >= RSA_BITS_MIN) return null
    return {
      problem: `key "${kid}" does not go with ${algorithm}`,
      current: `${type} ${bits} bits`,
      wanted: 'rsa 2048 bits',
    }
  }
  const isRight = algorithm === 'ES256' ? type === 'ec' && details?.namedCurve === 'prime256v1' : type === 'ed25519'
  if (isRight) return null
  const wanted = algorithm === 'ES256' ? 'ec P-256' : 'ed25519'
  return { problem: `key "${kid}" does not go with ${algorithm}`, current: `${type}`, wanted }
}

function createAsymmetricKey(options: AsymmetricOptions, publicKey: KeyObject, privateKey: KeyObject | null): JwsKey {
  const { algorithm, kid } = options
  return {
    kid,
    algorithm,
    canSign: privateKey !== null,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    sign: async (header, payload) => {
      if (privateKey === null) throw new Error(`Cannot sign with key "${kid}": it has no private half`)
      const bytes = new TextEncoder().encode(JSON.stringify(payload))
      const { CompactSign } = await loadJose()
      return new CompactSign(bytes).setProtectedHeader({ ...header, alg: algorithm }).sign(privateKey)
    },
    verify: (_jws, text) => verifyCompact(text, publicKey, algorithm),
  }
}

async function verifyCompact(text: string, key: KeyObject, algorithm: JwsAlgorithm): Promise<boolean> {
  const { compactVerify, errors } = await loadJose()
  try {
    await compactVerify(text, key, { algorithms: [algorithm] })
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
