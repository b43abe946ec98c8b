import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../core/config-error.ts'
import type { Listener } from '../core/received.ts'
import type { ListenerOptions } from '../listen/listener-options.ts'
import { createHttp1Listener } from '../listen/http1-listener.ts'
import type { TlsOptions } from '../listen/tls-contexts.ts'
import type { ForwardingHeader } from '../listen/trusted-proxies.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { describeError } from '../pipeline/describe-error.ts'
import { type BootOptions, type BootedApp, bootApp } from './boot.ts'
import { watchCertificateEnds } from './certificate-end.ts'
import type { AppDefinition } from './guichet.ts'
import { listenerMistakes } from './listener-mistakes.ts'
import type { OpenSockets } from './open-sockets.ts'
import { createTlsRedirect } from './redirect-to-tls.ts'
import { parseTls, resolveTls } from './tls-files.ts'

/** An app that listens. */
export interface RunningApp extends BootedApp {
  /** Where it can be reached: `http://127.0.0.1:3000`. */
  readonly url: string
  /** Where its other sockets are: `tcp://127.0.0.1:7000`. */
  readonly socketUrls: readonly string[]
  /** Stops accepting, answers what runs, closes the database. A second call waits for the first. */
  stop(options?: StopOptions): Promise<void>
}

export interface StopOptions {
  /** How long calls in flight may take, where nobody sends new ones elsewhere first; else the limits of the app say it. */
  readonly deadlineMs?: number
  /** Another process accepts on the same sockets already: nobody has to send calls elsewhere, so `/readyz` does not say no. */
  readonly isReplaced?: boolean
}

/** Boots an app and opens its sockets. Throws a `ConfigError` with every mistake before any socket is open. */
export async function serveApp(definition: AppDefinition, options: BootOptions = {}): Promise<RunningApp> {
  const booted = await bootApp(definition, options)
  const listeners: Listener[] = []
  let unwatch = (): void => undefined
  let url: string
  let sockets: OpenSockets
  try {
    const tls = tlsOf(booted)
    const listener = await createListener(booted, tls)
    listeners.push(listener)
    url = await listener.open(booted.pipeline.answer)
    const redirect = await openRedirect(booted, url)
    if (redirect !== null) listeners.push(redirect)
    sockets = await booted.openSockets()
    const { log, clock } = booted.services
    if (tls !== null) unwatch = watchCertificateEnds({ tls, log, clock })
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close(0)))
    await booted.close()
    throw error
  }
  let stopping: Promise<void> | null = null
  const stop = async ({ deadlineMs, isReplaced = false }: StopOptions): Promise<void> => {
    const { drainTimeoutMs, unreadyMs } = booted.services.limits
    unwatch()
    if (!isReplaced) {
      booted.startDraining()
      if (unreadyMs > 0 && deadlineMs === undefined) await sleep(unreadyMs)
    }
    // Members are told first: they come back to another process while the calls of this one end.
    const others = [...(booted.channels === null ? [] : [booted.channels]), sockets, ...listeners]
    await Promise.all(others.map((one) => one.close(deadlineMs ?? drainTimeoutMs)))
    await booted.close()
  }
  return { ...booted, url, socketUrls: sockets.urls, stop: (how = {}) => (stopping ??= stop(how)) }
}

/** The certificates to serve with; null: plain HTTP. */
function tlsOf({ definition, settings }: BootedApp): TlsOptions | null {
  const text = settings.values.GUICHET_TLS
  const tls = text === '' ? definition.options.tls : parseTls(text)
  return tls === undefined || tls === null ? null : resolveTls(tls, definition)
}

async function createListener(booted: BootedApp, tls: TlsOptions | null): Promise<Listener> {
  const { definition, settings } = booted
  const { options } = definition
  const common = { ...commonOptions(booted, Number(settings.values.PORT)), ...(tls === null ? {} : { tls }) }
  const mistakes = listenerMistakes({ options, trustedProxies: common.trustedProxies })
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  if (options.listener !== 'node') {
    return createHttp1Listener({ ...common, proxyProtocol: options.proxyProtocol, http2: options.http2 })
  }
  const { createNodeListener } = await import('../listen/node-listener.ts')
  return createNodeListener(common)
}

/** Plain HTTP beside HTTPS, where a port is set aside for it. */
async function openRedirect(booted: BootedApp, url: string): Promise<Listener | null> {
  const { definition, settings, pipeline, services } = booted
  const text = settings.values.GUICHET_REDIRECT_PORT
  const port = text === '' ? definition.options.redirectPort : Number(text)
  if (port === undefined || !url.startsWith('https:')) return null
  const listener = createHttp1Listener(commonOptions(booted, port))
  const { isProduction } = services
  const refuse: Pipeline['refuse'] = (refusal, received, peer) => pipeline.refuse(refusal, received, peer)
  await listener.open(createTlsRedirect({ definition, refuse, tlsUrl: url, isProduction }))
  return listener
}

/** The proxies that the app believes, and the header in which they name the client. */
export function trustOf({
  definition,
  settings,
}: Pick<BootedApp, 'definition' | 'settings'>): [entries: readonly string[], header: ForwardingHeader] {
  const text = settings.values.GUICHET_TRUSTED_PROXIES
  const entries = text === '' ? [] : text.split(',').map((one) => one.trim())
  return [entries, definition.options.forwardingHeader ?? 'x-forwarded-for']
}

function commonOptions({ definition, settings, services, pipeline }: BootedApp, port: number): ListenerOptions {
  const [trustedProxies, forwardingHeader] = trustOf({ definition, settings })
  return {
    host: settings.values.HOST,
    port,
    limits: services.limits,
    trustedProxies,
    forwardingHeader,
    refuse: (refusal, received, peer) => pipeline.refuse(refusal, received, peer),
    log: (message, error) => services.log.error(describeError(error), message),
    clock: services.clock,
  }
}
