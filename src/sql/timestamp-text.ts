/** The last instant of a `Date`, 275760-09-13: it stands for PostgreSQL's `infinity`. */
const INFINITE_FUTURE_MS = 8.64e15
/** The first instant of a `Date`: it stands for `-infinity`. */
const INFINITE_PAST_MS = -8.64e15

const FORM = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/

/**
 * Reads a `timestamp with time zone` in the ISO form of PostgreSQL, with any offset. Digits beyond the millisecond are
 * cut, since a `Date` has none. `infinity` and `-infinity` are the last and the first `Date`. Throws a `RangeError` on
 * a finite instant that a `Date` does not reach.
 */
export function parseTimestamptz(text: string): Date {
  const usual = parseUtc(text)
  if (usual !== null) return usual
  if (text === 'infinity') return new Date(INFINITE_FUTURE_MS)
  if (text === '-infinity') return new Date(INFINITE_PAST_MS)
  const parts = FORM.exec(text)
  if (parts === null) throw new RangeError('Cannot read a timestamptz: the server does not send the ISO form')
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours, offsetMinutes, offsetSeconds, bc] =
    parts
  // ISO 8601 counts a year 0, so 1 BC is 0 and 44 BC is -43 (PostgreSQL manual, section 8.5.2).
  const isoYear = bc === undefined ? Number(year) : 1 - Number(year)
  const ms = Number(`${fraction}000`.slice(0, 3))
  const offsetMs = (Number(offsetHours) * 3600 + Number(offsetMinutes ?? 0) * 60 + Number(offsetSeconds ?? 0)) * 1000
  const date = new Date(0)
  date.setUTCFullYear(isoYear, Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second), ms)
  date.setTime(date.getTime() + (sign === '-' ? offsetMs : -offsetMs))
  const isInside = Math.abs(date.getTime()) < INFINITE_FUTURE_MS
  if (!isInside) throw new RangeError('Cannot read a timestamptz: it is after the year 275760, the last of a Date')
  return date
}

const [ZERO, SPACE, DASH, COLON, DOT, PLUS] = [0x30, 0x20, 0x2d, 0x3a, 0x2e, 0x2b]
const USUAL_LENGTH = '2026-01-31 12:00:00+00'.length

/** The JSON text of the `Date` that `parseTimestamptz` gives. The digits themselves come from the server, in range. */
export function timestamptzAsJson(text: string): string {
  const end = text.length - 3
  const isUsual =
    text.charCodeAt(4) === DASH && text.charCodeAt(10) === SPACE && end <= 26 && text.endsWith('+00') && text > '0100'
  if (!isUsual) return JSON.stringify(parseTimestamptz(text))
  const ms = end === 19 ? '000' : `${text.slice(20, Math.min(end, 23))}00`.slice(0, 3)
  return `"${text.slice(0, 10)}T${text.slice(11, 19)}.${ms}Z"`
}

/** The form of a connection whose time zone is UTC, read without a pattern: large results have thousands. Null: another. */
function parseUtc(text: string): Date | null {
  const end = text.length - 3
  if (text.length < USUAL_LENGTH || text.charCodeAt(end) !== PLUS || digitsAt(text, end + 1) !== 0) return null
  const isSplit = text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH && text.charCodeAt(10) === SPACE
  if (!isSplit || text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return null
  const ms = end === 19 ? 0 : millisAt(text, end)
  const century = digitsAt(text, 0)
  const parts = [
    digitsAt(text, 2),
    digitsAt(text, 5),
    digitsAt(text, 8),
    digitsAt(text, 11),
    digitsAt(text, 14),
    digitsAt(text, 17),
  ] as const
  const [rest, month, day, hour, minute, second] = parts
  // `Date.UTC` takes the years 0 to 99 for 1900 to 1999.
  if (century < 1 || ms < 0 || parts.some((part) => part < 0)) return null
  return new Date(Date.UTC(century * 100 + rest, month - 1, day, hour, minute, second, ms))
}

/** The number of two digits; negative where they are none. */
function digitsAt(text: string, index: number): number {
  const [tens, ones] = [text.charCodeAt(index) - ZERO, text.charCodeAt(index + 1) - ZERO]
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/** Milliseconds of `.5` or `.123456` before `end`; negative where there are none. */
function millisAt(text: string, end: number): number {
  if (text.charCodeAt(19) !== DOT || end < 21 || end > 26) return -1
  let ms = 0
  for (let index = 20; index < 23; index++) {
    const digit = index < end ? text.charCodeAt(index) - ZERO : 0
    if (digit < 0 || digit > 9) return -1
    ms = ms * 10 + digit
  }
  return ms
}

/** Writes an instant for PostgreSQL, in UTC. Throws a `RangeError` on an invalid `Date`. */
export function formatTimestamptz(date: Date): string {
  const ms = date.getTime()
  if (Number.isNaN(ms)) throw new RangeError('it is not a valid date')
  if (ms === INFINITE_FUTURE_MS) return 'infinity'
  if (ms === INFINITE_PAST_MS) return '-infinity'
  const iso = date.toISOString()
  const year = date.getUTCFullYear()
  if (year >= 1 && year <= 9999) return iso
  const rest = iso.slice(iso.indexOf('-', 1))
  const yearText = String(year > 0 ? year : 1 - year).padStart(4, '0')
  return `${yearText}${rest}${year > 0 ? '' : ' BC'}`
}
