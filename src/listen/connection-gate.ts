import type { Limits } from '../core/limits.ts'

type GateLimits = Pick<Limits, 'connectionsMax' | 'connectionsPerAddressMax'>

/** Counts connections in all and by address. */
export class ConnectionGate {
  readonly #limits: GateLimits
  readonly #byAddress = new Map<string, number>()
  #count = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** Lets one more in, or says no; who was let in must `leave`. */
  enter(address: string): boolean {
    const own = this.#byAddress.get(address) ?? 0
    if (this.#count >= this.#limits.connectionsMax || own >= this.#limits.connectionsPerAddressMax) return false
    this.#count += 1
    this.#byAddress.set(address, own + 1)
    return true
  }

  leave(address: string): void {
    const own = this.#byAddress.get(address) ?? 0
    this.#count -= 1
    if (own <= 1) this.#byAddress.delete(address)
    else this.#byAddress.set(address, own - 1)
  }
}
