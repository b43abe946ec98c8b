/** The last instant of a `Date`, 275760-09-13: it stands for PostgreSQL's `infinity`. */
export const INFINITE_FUTURE_MS = 8.64e15
/** The first instant of a `Date`: it stands for `-infinity`. */
export const INFINITE_PAST_MS = -8.64e15

const FORM = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/

/**
 * Reads a `timestamp with time zone` in the ISO form of PostgreSQL, with any offset. Digits beyond the millisecond are
 * cut, since a `Date` has none. `infinity` and `-infinity` are the last and the first `Date`. Throws a `RangeError` on
 * a finite instant that a `Date` does not reach.
 */
export function parseTimestamptz(text: string): Date {
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
