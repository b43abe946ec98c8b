import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/services.ts'
import type { TlsOptions } from '../listen/tls-contexts.ts'

const DAY_MS = 86_400_000
/** Public certificates are renewed a month before they end: one this old was forgotten. */
const WARN_MS = 14 * DAY_MS

export interface CertificateWatch {
  readonly tls: TlsOptions
  readonly log: Log
  readonly clock: Clock
}

/**
 * Warns, now and once a day, of certificates that have ended or end within two weeks: browsers let nobody in then. Gives
 * what stops it.
 */
export function watchCertificateEnds({ tls, log, clock }: CertificateWatch): () => void {
  const files = [tls, ...Object.values(tls.hosts ?? {})].map(({ certFile }) => certFile)
  const look = (): void => {
    for (const file of files) {
      const warning = describeEnd(file, clock.now())
      if (warning !== null) log.warn({ file }, warning)
    }
  }
  look()
  const timer = setInterval(look, DAY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** What is to be said of a certificate; null: nothing, also where the file cannot be read (its listener tells that). */
export function describeEnd(file: string, nowMs: number): string | null {
  try {
    // The first one of a chain is that of the server.
    const { validFromDate, validToDate } = new X509Certificate(readFileSync(file))
    const date = (time: Date): string => time.toISOString().slice(0, 10)
    if (validFromDate.getTime() > nowMs) return `the certificate is not valid before ${date(validFromDate)}`
    const leftMs = validToDate.getTime() - nowMs
    if (leftMs <= 0) return `the certificate ended on ${date(validToDate)}: browsers let nobody in`
    // One that was made for a few days is no forgotten one.
    const lifeMs = validToDate.getTime() - validFromDate.getTime()
    return leftMs < Math.min(WARN_MS, lifeMs / 3) ? `the certificate ends on ${date(validToDate)}: renew it` : null
  } catch {
    return null
  }
}
