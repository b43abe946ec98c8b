/** What a generator is told, and what it found. */
export interface LoadOptions {
  readonly port: number
  readonly seconds: number
  readonly connections: number
  readonly method: string
  /** Paths that are asked for in turn. */
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Values of `authorization` that are sent in turn; empty for none. */
  readonly tokens: readonly string[]
  readonly body: string
  readonly isTls: boolean
}

export interface LoadResult {
  readonly requests: number
  /** Answers other than 2xx, and lost connections. */
  readonly errors: number
  readonly seconds: number
  readonly p50Us: number
  readonly p99Us: number
}
