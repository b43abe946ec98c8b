interface Signature {
  readonly extensions: readonly string[]
  /** Bytes and where they start, as Latin-1 text; one of the lists must be there. */
  readonly starts: readonly (readonly (readonly [number, string])[])[]
}

/** First bytes that are enough for all signatures. */
export const SIGNATURE_BYTES = 16

const ZIP: Signature['starts'] = [[[0, 'PK\x03\x04']], [[0, 'PK\x05\x06']]]
const ISO_MEDIA = (brand: string): readonly (readonly [number, string])[] => [
  [4, 'ftyp'],
  [8, brand],
]

const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ['image/png', { extensions: ['png'], starts: [[[0, '\x89PNG\r\n\x1a\n']]] }],
  ['image/jpeg', { extensions: ['jpg', 'jpeg'], starts: [[[0, '\xff\xd8\xff']]] }],
  ['image/gif', { extensions: ['gif'], starts: [[[0, 'GIF87a']], [[0, 'GIF89a']]] }],
  [
    'image/webp',
    {
      extensions: ['webp'],
      starts: [
        [
          [0, 'RIFF'],
          [8, 'WEBP'],
        ],
      ],
    },
  ],
  ['image/avif', { extensions: ['avif'], starts: [ISO_MEDIA('avif'), ISO_MEDIA('avis')] }],
  ['application/pdf', { extensions: ['pdf'], starts: [[[0, '%PDF-']]] }],
  ['application/zip', { extensions: ['zip'], starts: ZIP }],
  ['application/gzip', { extensions: ['gz', 'tgz'], starts: [[[0, '\x1f\x8b']]] }],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', { extensions: ['docx'], starts: ZIP }],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', { extensions: ['xlsx'], starts: ZIP }],
  ['application/vnd.oasis.opendocument.text', { extensions: ['odt'], starts: ZIP }],
  ['application/vnd.oasis.opendocument.spreadsheet', { extensions: ['ods'], starts: ZIP }],
])

/**
 * True when the first bytes of a file, or the extension of its name, are not those of the type that it claims. A type
 * that is not known here is believed.
 */
export function contradictsType(type: string, name: string, first: Uint8Array): boolean {
  const signature = SIGNATURES.get(type)
  if (signature === undefined) return false
  const dot = name.lastIndexOf('.')
  if (dot !== -1 && !signature.extensions.includes(name.slice(dot + 1).toLowerCase())) return true
  const text = Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString('latin1')
  return !signature.starts.some((start) => start.every(([at, bytes]) => text.startsWith(bytes, at)))
}
