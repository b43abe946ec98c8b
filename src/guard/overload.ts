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
  /** Told when refusing begins, gets worse or ends, at most once in an interval. */
  readonly onChange?: (level: OverloadLevel, load: Load) => void
}

/** 0: all calls are served. 1: repeatable ones are refused. 2: all are. */
export type OverloadLevel = 0 | 1 | 2

export interface Load {
  /** Mean delay of the event loop, as it was read last. */
  readonly delayMs: number
  /** Calls that wait for something at this moment. */
  readonly calls: number
}

/** Refuses calls early while the process cannot keep up, so that those which it accepts still end in time. */
export interface OverloadGuard {
  /** All that a call costs while the process keeps up: one look at this. */
  readonly level: OverloadLevel
  /** A call waits for something; `end` when it has ended. One that is answered at once is not counted. */
  begin(): void
  end(): void
  close(): void
}

const RESOLUTION_MS = 10
const INTERVAL_MS = 250

/** 503 with `Retry-After`: always the same object. */
export const OVERLOADED: Refusal = new Refusal('GUARD_OVERLOAD', { headers: ['retry-after', '1'] })

/** For an app that is only looked at. */
export const UNLOADED: OverloadGuard = { level: 0, begin() {}, end() {}, close() {} }

/** Makes the guard of a process. Its timer does not hold the process. */
export function createOverloadGuard(options: OverloadOptions = {}): OverloadGuard {
  return new LoadGuard(options)
}

class LoadGuard implements OverloadGuard {
  level: OverloadLevel = 0
  readonly #delayMaxMs: number
  readonly #callsMax: number
  readonly #repeatableMax: number
  readonly #meter: DelayMeter
  readonly #timer: NodeJS.Timeout
  readonly #onChange: OverloadOptions['onChange']
  #calls = 0
  #delayMs = 0
  #delayLevel: OverloadLevel = 0
  /** The worst level since the last interval, and what was told of it. */
  #worst: OverloadLevel = 0
  #told: OverloadLevel = 0

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

  begin(): void {
    this.#calls++
    if (this.#calls >= this.#repeatableMax) this.#update()
  }

  end(): void {
    this.#calls--
    if (this.level > 0) this.#update()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#meter.close()
  }

  #measure(): void {
    const before = this.#delayMs
    this.#delayMs = this.#meter.read()
    this.#delayLevel = this.#levelFor(before)
    this.#update()
    if (this.#worst !== this.#told) {
      this.#told = this.#worst
      this.#onChange?.(this.#worst, { delayMs: this.#delayMs, calls: this.#calls })
    }
    this.#worst = 0
  }

  // A level is reached when two readings in a row are beyond its bound: after one long task of this process nothing waits
  // any more. It is left at half of its bound: at the bound itself the guard would flicker.
  #levelFor(before: number): OverloadLevel {
    const isBeyond = (level: 1 | 2): boolean => {
      const bound = this.#delayMaxMs * level
      return this.#delayLevel >= level ? this.#delayMs > bound / 2 : Math.min(before, this.#delayMs) > bound
    }
    if (isBeyond(2)) return 2
    return isBeyond(1) ? 1 : 0
  }

  #update(): void {
    const byCalls = this.#calls >= this.#callsMax ? 2 : this.#calls >= this.#repeatableMax ? 1 : 0
    this.level = byCalls > this.#delayLevel ? byCalls : this.#delayLevel
    if (this.level > this.#worst) this.#worst = this.level
  }
}

interface DelayMeter {
  read(): number
  close(): void
}

function createDelayMeter(): DelayMeter {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let delayMs = 0
  return {
    read: () => {
      // Where the monitor had no turn since the last time, that still holds.
      if (histogram.count === 0) return delayMs
      // Nanoseconds between two looks of the monitor, which itself waits for its resolution.
      delayMs = Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS)
      histogram.reset()
      return delayMs
    },
    close: () => histogram.disable(),
  }
}
