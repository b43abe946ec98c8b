import type { BootedApp } from '../app/boot.ts'
import { framingOf, type SocketPlan } from '../app/compile-sockets.ts'
import type { OpenSockets } from '../app/open-sockets.ts'
import type { Services } from '../core/services.ts'
import { parsePattern } from '../route/pattern.ts'

/** A socket beside HTTP by which a path is reached. */
export interface SocketPlaceFound {
  readonly url: URL
  readonly framing: 'json' | 'lines'
  /** UDP: lines of guests are taken too. */
  readonly isOpen: boolean
  /** What the client says of the path itself. */
  readonly params: Readonly<Record<string, string>>
  readonly services: Services
}

/** The sockets that an app declares beside HTTP; opened at free ports when they are asked for, unless they are open. */
export class SocketPlaces {
  readonly #app: BootedApp
  #open: Promise<OpenSockets> | null
  readonly #isOwn: boolean

  /** `urls` of sockets that are open; null: none is. */
  constructor(app: BootedApp, urls: readonly string[] | null) {
    this.#app = app
    this.#isOwn = urls === null
    this.#open = urls === null ? null : Promise.resolve({ urls, close: () => Promise.resolve() })
  }

  /** In the order of their declarations. */
  async urls(): Promise<readonly string[]> {
    this.#open ??= this.#app.openSockets({ isAnyPort: true })
    return (await this.#open).urls
  }

  async find(transport: 'tcp' | 'udp', path: string): Promise<SocketPlaceFound> {
    const urls = await this.urls()
    for (const [i, plan] of this.#app.sockets.entries()) {
      const params = plan.declaration.transport === transport ? paramsOf(plan, path) : null
      if (params === null || plan.channel === null) continue
      return {
        url: new URL(urls[i] ?? ''),
        framing: framingOf(plan.declaration, plan.channel),
        isOpen: plan.declaration.channel?.isOpen ?? false,
        params,
        services: this.#app.services,
      }
    }
    throw new RangeError(`Cannot join ${path} by ${transport.toUpperCase()}: the app declares no such socket for it`)
  }

  async close(): Promise<void> {
    if (this.#isOwn) await (await this.#open)?.close(0)
  }
}

/** Values of the path where the socket leads there, without those that it has itself; null where it does not. */
function paramsOf({ declaration, channel }: SocketPlan, path: string): Readonly<Record<string, string>> | null {
  const pattern = channel === null ? '' : parsePattern(channel.declaration.path)
  if (typeof pattern === 'string') return null
  const texts = path.slice(1).split('/').map(decodeURIComponent)
  const fixed = declaration.channel?.args ?? {}
  const params: Record<string, string> = {}
  for (const [i, segment] of pattern.segments.entries()) {
    const text = segment.kind === 'rest' ? texts.slice(i).join('/') : texts[i]
    if (text === undefined) return null
    if (segment.kind === 'static') {
      if (segment.text !== text) return null
    } else if (!Object.hasOwn(fixed, segment.name)) params[segment.name] = text
    else if (String(fixed[segment.name]) !== text) return null
  }
  const isRest = pattern.segments.at(-1)?.kind === 'rest'
  return isRest || texts.length === pattern.segments.length ? params : null
}
