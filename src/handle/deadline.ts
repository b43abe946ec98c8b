import type { Received } from '../core/received.ts'

/** The signal of one call: aborts when its peer goes away or its time is over. Made on first use. */
export class Deadline {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()

  constructor(received: Received) {
    this.signal = AbortSignal.any([received.signal, this.#controller.signal])
  }

  /** Says that the time is over. */
  expire(): void {
    this.#controller.abort(new DOMException('The deadline of the call has passed', 'TimeoutError'))
  }
}

/**
 * The value of `running`, or what `onTimeout` gives when `timeoutMs` passes first. What runs is not stopped: it is
 * told through its signal, and its value is thrown away.
 */
export function withTimeout<Value>(running: Promise<Value>, timeoutMs: number, onTimeout: () => Value): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(onTimeout()), timeoutMs)
    running.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
