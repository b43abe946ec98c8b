import { Refusal } from './refusal.ts'

/** What the system says when it has no more of something: files, room on a disk, memory. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'ENOMEM'])

/** An uncaught error of user code or of the framework. The peer gets an id; the audit and the log get this. */
export class Fault {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }

  /** What the peer is told: 500, or 503 where the system is short of something, so that it may come back. */
  get refusal(): Refusal {
    return isShortage(this.error) ? new Refusal('HANDLE_SHORTAGE', { headers: ['retry-after', '5'] }) : FAULT
  }
}

const FAULT = new Refusal('HANDLE_FAULT')

function isShortage(error: unknown): boolean {
  try {
    return error instanceof Error && 'syscall' in error && 'code' in error && SHORTAGES.has(error.code)
  } catch {
    // What was thrown cannot even be looked at.
    return false
  }
}
