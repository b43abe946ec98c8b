import type { Subscriber } from './store.ts'

/** Takes a subscriber away; true when it was the last one of its channel. */
export type RemoveSubscriber = () => boolean

/** The subscribers of this process. One that throws does not keep a message from the others. */
export class LocalChannels {
  readonly #channels = new Map<string, Set<Entry>>()
  readonly #onFault: (fault: unknown) => void

  constructor(onFault: (fault: unknown) => void = warnOfFault) {
    this.#onFault = onFault
  }

  names(): readonly string[] {
    return [...this.#channels.keys()]
  }

  add(channel: string, subscriber: Subscriber): RemoveSubscriber {
    // An entry of its own, so that one subscriber may be added twice.
    const entry: Entry = { subscriber }
    const entries = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, entries.add(entry))
    return () => {
      const isLast = entries.delete(entry) && entries.size === 0
      if (isLast) this.#channels.delete(channel)
      return isLast
    }
  }

  deliver(channel: string, message: string): void {
    // A copy: who subscribes or leaves while a message is delivered changes the next one only.
    const entries = [...(this.#channels.get(channel) ?? [])]
    for (const { subscriber } of entries) {
      this.#guarded(() => subscriber.onMessage(message))
    }
  }

  tellGap(): void {
    for (const { subscriber } of [...this.#channels.values()].flatMap((entries) => [...entries])) {
      this.#guarded(() => subscriber.onGap?.())
    }
  }

  clear(): void {
    this.#channels.clear()
  }

  #guarded(call: () => void): void {
    try {
      call()
    } catch (fault) {
      this.#onFault(fault)
    }
  }
}

interface Entry {
  readonly subscriber: Subscriber
}

/** A process warning: a fault of a subscriber must not end the process. */
function warnOfFault(fault: unknown): void {
  process.emitWarning(fault instanceof Error ? fault : new Error(`A subscriber threw ${String(fault)}`))
}
