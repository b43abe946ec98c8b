import type { ConfigMistake } from '../core/config-error.ts'
import type { AppDefinition } from './guichet.ts'

export interface ListenerPlan {
  readonly options: Pick<AppDefinition['options'], 'listener' | 'proxyProtocol'>
  readonly trustedProxies: readonly string[]
}

/** What a listener could not do as it is told. Asked when it opens: who only lists routes needs no proxies. */
export function listenerMistakes({ options, trustedProxies }: ListenerPlan): readonly ConfigMistake[] {
  const mistakes: ConfigMistake[] = []
  const { listener, proxyProtocol } = options
  if (proxyProtocol === true && trustedProxies.length === 0) {
    mistakes.push({
      where: 'proxyProtocol',
      problem: 'no proxy is listed, so every connection would be closed',
      wanted: 'the addresses of the proxies in GUICHET_TRUSTED_PROXIES or trustedProxies',
    })
  }
  if (listener === 'node' && proxyProtocol === true) {
    mistakes.push({
      where: 'proxyProtocol',
      problem: 'the listener of node:http does not have it',
      current: "listener: 'node'",
      wanted: "listener: 'http1', which is the default",
    })
  }
  return mistakes
}
