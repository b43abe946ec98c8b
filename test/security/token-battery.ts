import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

/** Tokens made from a good JWT by somebody without its key, each with what was done to it. */
export function* forgedJwts(
  good: string,
  guesses: readonly string[],
): Generator<readonly [what: string, token: string]> {
  const [headText = '', bodyText = '', signature = ''] = good.split('.')
  const head = decode(headText)
  const body = decode(bodyText)
  const hmac = (input: string, key: string | Buffer, hash = 'sha256'): string =>
    createHmac(hash, key).update(input).digest('base64url')
  const signedBy = (key: string | Buffer, changes: object = {}, claims: object = {}): string => {
    const input = `${encode({ ...head, ...changes })}.${encode({ ...body, ...claims })}`
    return `${input}.${hmac(input, key)}`
  }
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, 0]) {
    const input = `${encode({ ...head, alg })}.${bodyText}`
    yield [`alg ${String(alg)} without a signature`, `${input}.`]
    yield [`alg ${String(alg)} with the signature`, `${input}.${signature}`]
    yield [`alg ${String(alg)} without the last part`, input]
  }
  for (const alg of ['HS384', 'HS512', 'RS256', 'ES256', 'PS256', 'EdDSA', 'hs256']) {
    yield [`alg ${alg} with the signature`, `${encode({ ...head, alg })}.${bodyText}.${signature}`]
  }
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const rsaInput = `${encode({ ...head, alg: 'RS256', jwk })}.${bodyText}`
  yield [
    'a key of its own in jwk',
    `${rsaInput}.${sign('sha256', Buffer.from(rsaInput), privateKey).toString('base64url')}`,
  ]
  yield ['an HMAC by a public key', signedBy(publicKey.export({ type: 'spki', format: 'pem' }).toString())]
  for (const key of ['', 'secret', '\0', Buffer.alloc(32), ...guesses])
    yield [`an HMAC by "${key.toString()}"`, signedBy(key)]
  const injected = { jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/x', x5c: ['MII'], jwk }
  for (const [name, value] of Object.entries(injected))
    yield [`${name} of a stranger`, signedBy('stranger', { [name]: value })]
  for (const kid of [
    '../../dev/null',
    '/dev/null',
    "' UNION SELECT 'a",
    '__proto__',
    'constructor',
    '',
    'a\0',
    null,
    0,
    {},
  ]) {
    for (const key of ['', 'a']) yield [`kid ${JSON.stringify(kid)} with the key "${key}"`, signedBy(key, { kid })]
  }
  yield ['crit', signedBy('', { crit: ['exp'] })]
  yield ['b64 false', signedBy('', { b64: false, crit: ['b64'] })]
  for (const claims of [{ sub: 'admin' }, { exp: 4e9 }, { exp: '9' }, { aud: '*' }, { iss: 'x' }, { nbf: 0 }]) {
    yield [`claims changed to ${JSON.stringify(claims)}`, `${headText}.${encode({ ...body, ...claims })}.${signature}`]
  }
  yield* respelt(good)
  yield ['a signature of nothing', `${headText}.${bodyText}.`]
  yield ['no signature', `${headText}.${bodyText}`]
  yield ['an encrypted form', `${headText}..${bodyText}.${signature}.${signature}`]
  yield ['the JSON form', JSON.stringify({ payload: bodyText, signatures: [{ protected: headText, signature }] })]
}

/** Other spellings of one token: two texts must never be one token. */
export function* respelt(good: string): Generator<readonly [what: string, token: string]> {
  for (const cut of [1, 2, 5, 10, 20]) yield [`${cut} characters less`, good.slice(0, -cut)]
  yield ['first character gone', good.slice(1)]
  const last = good.slice(-1)
  yield ['another last character', good.slice(0, -1) + (last === 'a' ? 'b' : 'a')]
  for (const tail of ['=', '==', 'A', '.', ' x', '%00', ',', ';', '"', '\\']) yield [`"${tail}" behind`, good + tail]
  yield ['twice', `${good}${good}`]
  yield ['quoted', `"${good}"`]
  yield ['upper case', good.toUpperCase()]
  yield ['ten thousand characters', good.slice(0, 5) + 'A'.repeat(7000)]
}

/** Tokens made from a good one of the format `guichet` by somebody without its key. */
export function* forgedGuichetTokens(good: string, guesses: readonly string[]): Generator<readonly [string, string]> {
  const [realm = '', user = '', limit = '', signature = ''] = good.split(':')
  const hmac = (text: string, key: string): string => createHmac('sha256', key).update(text).digest('hex').slice(0, 32)
  for (const other of ['calvin', 'root', '', `${user}%00`, `${user}%20`, user.toUpperCase(), '%2A']) {
    yield [`user ${other}`, `${realm}:${other}:${limit}:${signature}`]
  }
  for (const other of ['other', '', `${realm}%00`, realm.toUpperCase()])
    yield [`realm ${other}`, `${other}:${user}:${limit}:${signature}`]
  for (const other of ['20990101000000', '99999999999999', '', '-1', '00000000000000']) {
    yield [`limit ${other}`, `${realm}:${user}:${other}:${signature}`]
  }
  const claims = `${realm}:calvin:20990101000000`
  for (const key of ['', 'secret', ...guesses]) yield [`a signature by "${key}"`, `${claims}:${hmac(claims, key)}`]
  yield ['no signature', claims]
  yield ['an empty signature', `${claims}:`]
  yield ['a signature of zeros', `${claims}:${'0'.repeat(32)}`]
  yield ['a shorter signature', `${realm}:${user}:${limit}:${signature.slice(0, 16)}`]
  yield ['a moved colon', `${realm}%3A${user}:${limit}:${signature}`]
  yield* respelt(good)
}
