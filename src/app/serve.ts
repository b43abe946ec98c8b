import type { Listener } from '../core/received.ts'
import { createHttp1Listener } from '../listen/http1-listener.ts'
import { createNodeListener } from '../listen/node-listener.ts'
import { type BootOptions, type BootedApp, bootApp } from './boot.ts'
import type { AppDefinition } from './guichet.ts'

/** An app that listens. */
export interface RunningApp extends BootedApp {
  /** Where it can be reached: `http://127.0.0.1:3000`. */
  readonly url: string
  /** Stops accepting, answers what runs, closes the database. A second call waits for the first. */
  stop(): Promise<void>
}

/** Boots an app and opens its sockets. Throws a `ConfigError` with every mistake before any socket is open. */
export async function serveApp(definition: AppDefinition, options: BootOptions = {}): Promise<RunningApp> {
  const booted = await bootApp(definition, options)
  const listener = createListener(booted)
  let url: string
  try {
    url = await listener.open(booted.pipeline.answer)
  } catch (error) {
    await booted.close()
    throw error
  }
  let stopping: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    const { drainTimeoutMs } = booted.services.limits
    // Members are told first: they come back to another process while the calls of this one end.
    await Promise.all([booted.channels?.close(drainTimeoutMs), listener.close(drainTimeoutMs)])
    await booted.close()
  }
  return { ...booted, url, stop: () => (stopping ??= stop()) }
}

function createListener({ definition, settings, services, pipeline }: BootedApp): Listener {
  const proxies = settings.values.GUICHET_TRUSTED_PROXIES
  const create = definition.options.listener === 'node' ? createNodeListener : createHttp1Listener
  return create({
    host: settings.values.HOST,
    port: Number(settings.values.PORT),
    limits: services.limits,
    trustedProxies: proxies === '' ? [] : proxies.split(',').map((one) => one.trim()),
    refuse: pipeline.refuse,
    log: (message, error) => services.log.error({ error: String(error) }, message),
    clock: services.clock,
  })
}
