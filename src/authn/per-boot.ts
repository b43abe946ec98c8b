import { findBoot } from '../core/live-boots.ts'
import type { Scheme } from '../core/scheme.ts'
import type { Services } from '../core/services.ts'
import { declared, type Uncallable } from './lookup.ts'

/**
 * A scheme as an app declares it, once, for all boots of the app: each boot gets a scheme of its own from `create`, with
 * its own keys, store and memory. The functions that an app calls on what it declared (`tokens.createPair(user)`) are
 * those of the boot whose call runs. `hasOptions`: it does more than to name a scheme for a route.
 */
export function perBoot<S extends Scheme>(
  create: (services: Services | null) => S,
  hasOptions = false,
): S & Uncallable {
  const schemes = new WeakMap<Services, S>()
  /** For what does not depend on a boot: its name, its description. */
  const plain = create(null)
  const forBoot = (services: Services): S => {
    let scheme = schemes.get(services)
    if (scheme === undefined) schemes.set(services, (scheme = create(services)))
    return scheme
  }
  return declared(
    new Proxy(plain, {
      get: (_, name) => {
        if (name === 'forBoot') return forBoot
        if (name === 'hasOptions') return hasOptions
        const services = findBoot((one) => schemes.has(one))
        const scheme = (services === null ? undefined : schemes.get(services)) ?? plain
        const value: unknown = Reflect.get(scheme, name, scheme)
        // Its private fields are those of the scheme, not of what stands for it.
        return typeof value === 'function' ? (value.bind(scheme) as unknown) : value // a bound function is a function
      },
    }),
  )
}

/** True where options say more than the name of a scheme. */
export function saysMore(options: object): boolean {
  return Object.keys(options).some((key) => key !== 'name')
}
