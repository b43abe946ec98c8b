const DATE = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const TIME = /^T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const DATE_LENGTH = 10

/**
 * A moment from ISO 8601 text: a date (midnight UTC), or a date and time with its zone. Null for anything else: a time
 * without a zone means another moment on each machine, and there is no 30th of February.
 */
export function parseDate(text: string): Date | null {
  const match = DATE.exec(text.slice(0, DATE_LENGTH))
  if (match === null) return null
  const midnight = new Date(`${match[0]}T00:00:00Z`)
  // The engine makes 1 March of 30 February.
  if (midnight.getUTCDate() !== Number(match[3])) return null
  if (text.length === DATE_LENGTH) return midnight
  return TIME.test(text.slice(DATE_LENGTH)) ? new Date(text) : null
}
