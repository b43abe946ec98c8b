import type { Log } from '../core/services.ts'

/** A message in plain text. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** How an app sends mail: it brings the library or the service of its choice. */
export interface MailPort {
  send(mail: Mail): Promise<void>
}

/** Prints mails instead of sending them, for development. Throws a `TypeError` in production: mails hold secrets. */
export function printedMail(log: Log, isProduction: boolean): MailPort {
  if (isProduction) throw new TypeError('Cannot print mails in production: they hold secrets')
  return {
    send: async ({ to, subject, text }) => {
      log.info({ to, subject, text }, 'mail')
    },
  }
}
