/** The JSON text of values that are still the text of PostgreSQL: the same bytes as by way of the value, sooner. */

// Every code unit that JSON escapes (RFC 8259 section 7). Text of the server is UTF-8, so no surrogate stands alone.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\]/

export function textAsJson(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

export const boolAsJson = (text: string): string => (text === 't' ? 'true' : 'false')

/** PostgreSQL writes whole numbers as JSON does. */
export const wholeAsJson = (text: string): string => text

/** It writes others with more digits in the exponent, and has infinities. */
export const numberAsJson = (text: string): string => JSON.stringify(Number(text))

/** Its `jsonb` has spaces, and `json` whatever was written. */
export const jsonAsJson = (text: string): string => JSON.stringify(JSON.parse(text))
