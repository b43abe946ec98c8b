import type { Log } from '../core/services.ts'
import { currentCall } from '../pipeline/current-call.ts'
import { describeError } from '../pipeline/describe-error.ts'

/** What becomes of errors that reach nobody, while an app is served. */
export interface StrayErrors {
  /** Resolves after the first exception that nobody caught: from then on the state of the process is unknown. */
  readonly broken: Promise<void>
  stop(): void
}

/**
 * A promise that nobody waits for and that fails is a mistake in one handler: it is logged with its call, and everybody
 * else is served on. An exception that nobody caught left code in the middle of its work: `broken` says so.
 */
export function watchStrayErrors(log: Log): StrayErrors {
  const { promise: broken, resolve } = Promise.withResolvers<void>()
  const onRejection = (error: unknown): void => {
    const own = currentCall.getStore()?.log ?? log
    own.error({ ...describeError(error) }, 'a promise that nobody waits for was rejected')
  }
  const onException = (error: unknown): void => {
    const own = currentCall.getStore()?.log ?? log
    own.error({ ...describeError(error) }, 'an exception that nobody caught: the server stops')
    resolve()
  }
  process.on('unhandledRejection', onRejection)
  process.on('uncaughtException', onException)
  return {
    broken,
    stop: () => void process.off('unhandledRejection', onRejection).off('uncaughtException', onException),
  }
}
