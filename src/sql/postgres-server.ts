import type { Duplex } from 'node:stream'
import type { PostgresAddress } from './postgres-url.ts'

/**
 * Connects to a host and port, or to a Unix socket, and gives a stream whose bytes pass through `filter` before anybody
 * reads them. Rejects after `timeoutMs`.
 */
export type Connect = (
  target: { readonly host: string; readonly port: number } | { readonly path: string },
  filter: (chunk: Buffer) => Buffer,
  timeoutMs: number,
) => Promise<Duplex>

/** A server, and how it is reached. */
export interface PostgresServer extends PostgresAddress {
  /** By the client's own means where it is absent: each cell of a large result becomes a string then. */
  readonly connect?: Connect | undefined
  /** Bytes of the rows of a result from which on they stay packed; 4 KiB by default. */
  readonly packedBytesMin?: number | undefined
}
