import type { Readable, Writable } from 'node:stream'

/** What a command may touch, so that a test can give it something else. */
export interface CommandIo {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborts when the person wants the command to end (Ctrl-C). */
  readonly signal: AbortSignal
}

/** One command of `guichet`. */
export interface Command {
  /** The word after `guichet`. */
  readonly name: string
  /** All that `guichet NAME --help` prints; ends with an example. */
  readonly help: string
  /** Gives the exit code: 0 done, 1 failed, 2 called wrongly. */
  run(args: readonly string[], io: CommandIo): Promise<number>
}

/** The command was called wrongly: printed with the way to its help, exit code 2. */
export class UsageError extends Error {}

/** Something the person can mend: printed without a stack, exit code 1. */
export class CommandError extends Error {}

/** Resolves when the person wants the command to end. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
