import { monitorEventLoopDelay } from 'node:perf_hooks'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'

export interface OverloadOptions {
  /** Mean delay of the event loop beyond which repeatable calls are refused; all calls beyond twice of it. */
  readonly loopDelayMaxMs?: number
  /** Calls at once beyond which all are refused; repeatable ones are beyond three quarters of it. */
  readonly callsMax?: number
  /** How often the delay is read. */
  readonly intervalMs?: number
  /** Mean delay since it was read last; of this process by default. */
  readonly readLoopDelayMs?: () => number
  /** Told each time when refusing begins or ends, with the mean delay. */
  readonly onChange?: (level: OverloadLevel, delayMs: number) => void
}

/** 0: all calls are served. 1: repeatable ones are refused. 2: all are. */
export type OverloadLevel = 0 | 1 | 2

/** Refuses calls early while the process cannot keep up, so that those which it accepts still end in time. */
export interface OverloadGuard {
  /**
   * Null lets the call in: call `leave` when it has ended. A refusal (503 with `Retry-After`) is always the same
   * object. A call is repeatable when trying again later costs its sender nothing: GET, HEAD, OPTIONS.
   */
  enter(isRepeatable: boolean): Refusal | null
  leave(): void
  close(): void
}

const RESOLUTION_MS = 10
const INTERVAL_MS = 250
const OVERLOADED = new Refusal('GUARD_OVERLOAD', { headers: ['retry-after', '1'] })

/** Makes the guard of a process. Its timer does not hold the process. */
export function createOverloadGuard(options: OverloadOptions = {}): OverloadGuard {
  return new LoadGuard(options)
}

class LoadGuard implements OverloadGuard {
  readonly #delayMaxMs: number
  readonly #callsMax: number
  readonly #repeatableMax: number
  readonly #meter: DelayMeter
  readonly #timer: NodeJS.Timeout
  readonly #onChange: ((level: OverloadLevel, delayMs: number) => void) | undefined
  #level: OverloadLevel = 0
  #calls = 0

  constructor(options: OverloadOptions) {
    this.#delayMaxMs = options.loopDelayMaxMs ?? defaultLimits.loopDelayMaxMs
    this.#callsMax = options.callsMax ?? defaultLimits.callsMax
    this.#repeatableMax = Math.ceil(this.#callsMax * 0.75)
    this.#onChange = options.onChange
    this.#meter =
      options.readLoopDelayMs === undefined ? createDelayMeter() : { read: options.readLoopDelayMs, close() {} }
    this.#timer = setInterval(() => this.#measure(), options.intervalMs ?? INTERVAL_MS)
    this.#timer.unref()
  }

  enter(isRepeatable: boolean): Refusal | null {
    const callsMax = isRepeatable ? this.#repeatableMax : this.#callsMax
    if (this.#level > (isRepeatable ? 0 : 1) || this.#calls >= callsMax) return OVERLOADED
    this.#calls++
    return null
  }

  leave(): void {
    this.#calls--
  }

  close(): void {
    clearInterval(this.#timer)
    this.#meter.close()
  }

  #measure(): void {
    const delayMs = this.#meter.read()
    const level = this.#levelFor(delayMs)
    if (level === this.#level) return
    this.#level = level
    this.#onChange?.(level, delayMs)
  }

  // A level that was reached is left at half of its bound only: at the bound itself the guard would flicker.
  #levelFor(delayMs: number): OverloadLevel {
    const bound = (level: 1 | 2): number => this.#delayMaxMs * level * (this.#level >= level ? 0.5 : 1)
    if (delayMs > bound(2)) return 2
    return delayMs > bound(1) ? 1 : 0
  }
}

interface DelayMeter {
  read(): number
  close(): void
}

function createDelayMeter(): DelayMeter {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return {
    read: () => {
      // Nanoseconds between two looks of the monitor, which itself waits for its resolution.
      const delayMs = histogram.count === 0 ? 0 : Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS)
      histogram.reset()
      return delayMs
    },
    close: () => histogram.disable(),
  }
}
