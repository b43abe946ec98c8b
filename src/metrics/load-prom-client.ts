import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'
import { ConfigError } from '../core/config-error.ts'

/** Loads the package, which only apps that mount the metrics install. Throws a `ConfigError` where it is missing. */
export function loadPromClient(): typeof PromClient {
  try {
    return createRequire(import.meta.url)('prom-client') as typeof PromClient // its own types
  } catch (error) {
    const mistake = {
      where: 'metrics({ … })',
      problem: 'it needs the package prom-client, which is not installed',
      wanted: 'npm install prom-client',
    }
    throw Object.assign(new ConfigError([mistake]), { cause: error })
  }
}
