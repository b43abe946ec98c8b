// A TCP server: it prints each line that it hears and answers it. Run: node tcp-server.ts 7000
import { createTcpListener, formatVisible, lines, type TcpListener } from 'guichet/sockets'

/** Opens the server on a port of this machine; 0 takes a free one. */
export async function serve(port: number): Promise<TcpListener<string>> {
  const listener = createTcpListener({ port, framing: lines })
  const url = await listener.open({
    onOpen: ({ peer }) => console.log(`${peer.address}:${peer.port} is here`),
    onMessage: (connection, line) => {
      const { peer } = connection
      // A stranger's text could drive the terminal: it is printed with its control characters visible.
      console.log(`${peer.address}:${peer.port} says ${formatVisible(line)}`)
      // Waits when the peer does not read: then we do not read from it either.
      return connection.send(`You said: ${line}`)
    },
    onClose: ({ peer }) => console.log(`${peer.address}:${peer.port} is gone`),
  })
  console.log(`Listening on ${url}`)
  return listener
}

if (import.meta.main) await serve(Number(process.argv[2] ?? 7000))
