import { createRequire } from 'node:module'
import type * as Api from '@opentelemetry/api'
import type { Module } from '../app/declare.ts'
import { ConfigError } from '../core/config-error.ts'
import type { CallState } from '../pipeline/call-state.ts'

export interface TracingOptions {
  /** Makes the spans; that of the registered provider by default. */
  readonly tracer?: Api.Tracer
}

/**
 * A span for each call: `app.mount('/', tracing())`. The provider that the process registered says where spans go, and how
 * the context of the peer is read (`traceparent`, W3C Trace Context). Throws a `ConfigError` where the package
 * `@opentelemetry/api` is missing.
 */
export function tracing({ tracer }: TracingOptions = {}): Module<unknown> {
  const api = loadApi()
  const spans = new WeakMap<CallState, Api.Span>()
  const around = <T>(call: CallState, run: () => T): T => {
    const parent = api.propagation.extract(api.ROOT_CONTEXT, call, HEADERS)
    const made = (tracer ?? api.trace.getTracer('guichet')).startSpan(
      call.method,
      { kind: api.SpanKind.SERVER },
      parent,
    )
    spans.set(call, made)
    return api.context.with(api.trace.setSpan(parent, made), run)
  }
  const module: Module<unknown> = {
    '~declare': (into) =>
      into['~observe']({
        around,
        onEnd: ({ method, route, status, code }, call) => {
          const span = call === null ? undefined : spans.get(call)
          if (span === undefined) return
          // Names come from the route: a path would be another name for each object.
          span.updateName(route === null ? method : `${method} ${route}`)
          span.setAttributes({ 'http.request.method': method, 'http.response.status_code': status })
          if (route !== null) span.setAttribute('http.route', route)
          if (code !== null) span.setAttribute('error.type', code)
          if (status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR })
          span.end()
        },
      }),
  }
  return module
}

/** Headers that carry the running trace to another server: `fetch(url, { headers: traceHeaders() })`, also of a guarded fetch. */
export function traceHeaders(): Record<string, string> {
  const { propagation, context } = loadApi()
  const headers: Record<string, string> = {}
  propagation.inject(context.active(), headers)
  return headers
}

const HEADERS: Api.TextMapGetter<CallState> = {
  keys: ({ received }) => received.headerPairs().filter((_, index) => index % 2 === 0),
  get: ({ received }, name) => received.header(name.toLowerCase()),
}

let loaded: typeof Api | null = null

function loadApi(): typeof Api {
  try {
    return (loaded ??= createRequire(import.meta.url)('@opentelemetry/api') as typeof Api) // its own types
  } catch (error) {
    const mistake = {
      where: 'tracing({ … })',
      problem: 'it needs the package @opentelemetry/api, which is not installed',
      wanted: 'npm install @opentelemetry/api',
    }
    throw Object.assign(new ConfigError([mistake]), { cause: error })
  }
}
