const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const FIXDATE = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const RFC850 =
  /^(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday), (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const ASCTIME = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

/** An HTTP date in its preferred form (RFC 9110 section 5.6.7). `ms` counts from 1970; parts of a second are dropped. */
export function formatHttpDate(ms: number): string {
  const date = new Date(ms)
  const day = `${DAYS[date.getUTCDay()]}, ${pad(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`
  return `${day} ${String(date.getUTCFullYear()).padStart(4, '0')} ${time} GMT`
}

/**
 * Milliseconds since 1970 of an HTTP date in any of its three forms (RFC 9110 section 5.6.7); null for other text.
 * `nowMs` decides the century of a two-digit year: at most 50 years in the future.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  const fixdate = FIXDATE.exec(text)
  if (fixdate !== null) {
    const [, day, month, year, hour, minute, second] = fixdate
    return toMs([year, month, day, hour, minute, second])
  }
  const asctime = ASCTIME.exec(text)
  if (asctime !== null) {
    const [, month, day, hour, minute, second, year] = asctime
    return toMs([year, month, day, hour, minute, second])
  }
  const rfc850 = RFC850.exec(text)
  if (rfc850 === null) return null
  const [, day, month, short, hour, minute, second] = rfc850
  const yearNow = new Date(nowMs).getUTCFullYear()
  let year = yearNow - (yearNow % 100) + Number(short)
  if (year > yearNow + 50) year -= 100
  return toMs([String(year), month, day, hour, minute, second])
}

function toMs([year, month, day, hour, minute, second]: readonly (string | undefined)[]): number | null {
  const index = MONTHS.indexOf(month ?? '')
  const [d, h, m, s] = [Number(day), Number(hour), Number(minute), Number(second)]
  if (index === -1 || h > 23 || m > 59 || s > 60) return null
  const ms = Date.UTC(Number(year), index, d, h, m, Math.min(s, 59))
  return new Date(ms).getUTCDate() === d ? ms : null
}

function pad(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
