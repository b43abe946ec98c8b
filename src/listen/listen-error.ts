/** Where a socket was to listen. */
export interface ListenPlace {
  readonly transport: 'TCP' | 'UDP'
  readonly host: string
  readonly port: number
}

/** An error of the system when a socket is opened, in words that say what to do; the original is its cause. */
export function explainListenError(error: Error, { transport, host, port }: ListenPlace): Error {
  const code = 'code' in error ? String(error.code) : ''
  const reason = reasonOf(code, port)
  const message = `Cannot listen on ${transport} ${host}:${port}: ${reason ?? error.message}`
  return Object.assign(new Error(message, { cause: error }), { code, port, address: host })
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
