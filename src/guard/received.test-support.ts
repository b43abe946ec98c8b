import type { Received } from '../core/received.ts'

export interface FakeHead {
  readonly method?: string
  readonly host?: string
  readonly isSecure?: boolean
  readonly isProxied?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** A message that is a head alone, for functions that read nothing else. */
export function receivedHead({
  method = 'GET',
  host = 'app.example',
  isSecure = false,
  isProxied = false,
  headers = {},
}: FakeHead): Received {
  return {
    transport: 'http',
    method,
    path: '/',
    query: '',
    host,
    peer: { address: '192.0.2.1', port: 1, isSecure, isDirectLoopback: false, isProxied },
    hasBody: false,
    signal: new AbortController().signal,
    header: (name) => headers[name],
    headerPairs: () => Object.entries(headers).flat(),
    readBody: () => new Uint8Array(),
    async *streamBody() {},
  }
}
