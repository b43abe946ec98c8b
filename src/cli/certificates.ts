import { isIP } from 'node:net'
import { createHash, createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { BitString, Integer, OctetString, Sequence, Set as SetOf, Utf8String } from 'asn1js'
import {
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  CryptoEngine,
  ExtKeyUsage,
  Extension,
  GeneralName,
  GeneralNames,
  GeneralSubtree,
  NameConstraints,
  AuthorityKeyIdentifier,
  RelativeDistinguishedNames,
  setEngine,
} from 'pkijs'
import { addressBytes } from './address-bytes.ts'
import { LOCAL_NAMES, LOCAL_NETWORKS } from './local-hosts.ts'

/** A certificate and its private key, as PEM. */
export interface KeyAndCertificate {
  readonly certificate: string
  readonly key: string
}

export interface CertificateOptions {
  /** DNS names and IP addresses. */
  readonly hosts: readonly string[]
  readonly nowMs: number
  readonly days: number
}

const DAY_MS = 86_400_000
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const
// RFC 5280 section 4.2.1.
const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  altName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

/** Makes an authority that lives on this machine alone. Its name constraints bind it to local hosts (RFC 5280 4.2.1.10). */
export async function createAuthority({ owner, nowMs }: { owner: string; nowMs: number }): Promise<KeyAndCertificate> {
  const keys = await generateKeys()
  const certificate = startCertificate(`Guichet local authority (${owner})`, { nowMs, days: 5 * 365 })
  certificate.issuer = certificate.subject
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey)
  const permitted = [
    ...LOCAL_NAMES.map((value) => new GeneralName({ type: 2, value })),
    ...LOCAL_NETWORKS.map(([address, mask]) => ipName(Buffer.concat([addressBytes(address), addressBytes(mask)]))),
  ].map((base) => new GeneralSubtree({ base }))
  certificate.extensions = [
    extensionOf(OID.basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    keyUsage(0b0000_0110),
    extensionOf(OID.nameConstraints, new NameConstraints({ permittedSubtrees: permitted }), true),
    extensionOf(OID.subjectKeyId, { toSchema: () => keyIdOf(certificate) }),
  ]
  await certificate.sign(keys.privateKey, 'SHA-256')
  return exportPair(certificate, keys.privateKey)
}

/** Makes a server certificate for `hosts`, signed by `authority`. */
export async function createCertificate(
  authority: KeyAndCertificate,
  options: CertificateOptions,
): Promise<KeyAndCertificate> {
  const keys = await generateKeys()
  const issuer = Certificate.fromBER(new Uint8Array(new X509Certificate(authority.certificate).raw))
  const certificate = startCertificate(options.hosts[0] ?? 'localhost', options)
  certificate.issuer = issuer.subject
  // It is worth nothing without its authority: it must not seem to last longer.
  if (certificate.notAfter.value > issuer.notAfter.value) certificate.notAfter.value = issuer.notAfter.value
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey)
  const names = options.hosts.map((host) =>
    isIP(host) === 0 ? new GeneralName({ type: 2, value: host }) : ipName(addressBytes(host)),
  )
  certificate.extensions = [
    extensionOf(OID.basicConstraints, new BasicConstraints({ cA: false }), true),
    keyUsage(0b1000_0000),
    extensionOf(OID.extKeyUsage, new ExtKeyUsage({ keyPurposes: [OID.serverAuth] })),
    extensionOf(OID.altName, new GeneralNames({ names })),
    extensionOf(OID.subjectKeyId, { toSchema: () => keyIdOf(certificate) }),
    extensionOf(OID.authorityKeyId, new AuthorityKeyIdentifier({ keyIdentifier: keyIdOf(issuer) })),
  ]
  await certificate.sign(await importKey(authority.key), 'SHA-256')
  return exportPair(certificate, keys.privateKey)
}

function startCertificate(
  name: string,
  { nowMs, days }: { readonly nowMs: number; readonly days: number },
): Certificate {
  setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto }))
  const certificate = new Certificate()
  certificate.version = 2
  const serial = webcrypto.getRandomValues(new Uint8Array(16))
  // Positive and not zero in front: DER allows one form only.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  certificate.serialNumber = new Integer({ valueHex: serial.buffer })
  certificate.subject = nameOf([
    [OID.organization, 'Guichet development'],
    [OID.commonName, name.slice(0, 64)],
  ])
  // An hour back: the clocks of two machines differ.
  certificate.notBefore.value = new Date(nowMs - 3_600_000)
  certificate.notAfter.value = new Date(nowMs + days * DAY_MS)
  return certificate
}

/** A name with a set of its own for each attribute: given a list, the library would put all of them into one set. */
function nameOf(attributes: readonly (readonly [type: string, text: string])[]): RelativeDistinguishedNames {
  const sets = attributes.map(([type, text]) => {
    const attribute = new AttributeTypeAndValue({ type, value: new Utf8String({ value: text }) })
    return new SetOf({ value: [attribute.toSchema()] })
  })
  return RelativeDistinguishedNames.fromBER(new Sequence({ value: sets }).toBER())
}

type Keys = webcrypto.CryptoKeyPair

async function generateKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), ALGORITHM, false, ['sign'])
}

async function exportPair(certificate: Certificate, key: webcrypto.CryptoKey): Promise<KeyAndCertificate> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return {
    certificate: new X509Certificate(Buffer.from(certificate.toSchema(true).toBER())).toString(),
    key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      .export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  }
}

interface Encodable {
  toSchema(): { toBER(): ArrayBuffer }
}

function extensionOf(extnID: string, value: Encodable, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: value.toSchema().toBER() })
}

/** One octet of bits, the first is digitalSignature (RFC 5280 section 4.2.1.3). */
function keyUsage(bits: number): Extension {
  let unusedBits = 0
  while (((bits >> unusedBits) & 1) === 0) unusedBits++
  const value = new BitString({ valueHex: Uint8Array.of(bits).buffer, unusedBits })
  return extensionOf(OID.keyUsage, { toSchema: () => value }, true)
}

/** The first 160 bits of the hash of the public key (RFC 7093 section 2, method 1). */
function keyIdOf(certificate: Certificate): OctetString {
  const point = certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView
  return new OctetString({
    valueHex: new Uint8Array(createHash('sha256').update(point).digest().subarray(0, 20)).buffer,
  })
}

function ipName(bytes: Uint8Array): GeneralName {
  return new GeneralName({ type: 7, value: new OctetString({ valueHex: new Uint8Array(bytes).buffer }) })
}
