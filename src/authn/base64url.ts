const BASE64URL = /^[A-Za-z0-9_-]*$/

/** Bytes of unpadded base64url (RFC 4648 section 5); null where the text is not the one canonical spelling. */
export function decodeBase64url(text: string): Buffer | null {
  if (!BASE64URL.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  // Stray bits in the last digit would give one token many spellings, and so a way around a list of revoked ones.
  return bytes.toString('base64url') === text ? bytes : null
}
