/** Where a socket was to listen. */
export interface ListenPlace {
  readonly transport: 'TCP' | 'UDP'
  readonly host: string
  readonly port: number
}

/** A socket could not be opened, in words that say what to do; the error of the system is its cause. */
export class ListenError extends Error {
  /** That of the system: `EADDRINUSE`. */
  readonly code: string

  constructor({ transport, host, port }: ListenPlace, cause: Error) {
    const code = 'code' in cause ? String(cause.code) : ''
    super(`Cannot listen on ${transport} ${host}:${port}: ${reasonOf(code, port) ?? cause.message}`, { cause })
    this.name = 'ListenError'
    this.code = code
  }
}

function reasonOf(code: string, port: number): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process has this port, end it or choose another port'
    case 'EACCES':
      return port < 1024
        ? 'ports below 1024 are reserved for the administrator, choose one from 1024 to 65535'
        : 'the system does not allow it'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address, "guichet ip" prints its own'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no host of that name'
    default:
      return null
  }
}
