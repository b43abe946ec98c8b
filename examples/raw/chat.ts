// A chat over TCP: the first line of a client is its name, each further line goes to all others.
// Run: node chat.ts 7000, and in other windows: nc 127.0.0.1 7000
import { createTcpListener, formatVisible, lines, type StreamConnection, type TcpListener } from 'guichet/sockets'

/** Opens the chat on a port of this machine; 0 takes a free one. */
export async function serve(port: number): Promise<TcpListener<string>> {
  const names = new Map<StreamConnection<string>, string>()

  function tellOthers(author: StreamConnection<string>, text: string): void {
    // Encoded once for all.
    const bytes = lines.encode(text)
    for (const connection of names.keys()) {
      // Not waited for: who does not read is let go at a bound, and delays nobody.
      if (connection !== author) void connection.sendShared(bytes)
    }
  }

  const listener = createTcpListener({ port, framing: lines })
  const url = await listener.open({
    onMessage: (connection, line) => {
      const name = names.get(connection)
      if (name !== undefined) {
        tellOthers(connection, `${name}: ${formatVisible(line)}`)
        return
      }
      const newcomer = formatVisible(line).slice(0, 40)
      names.set(connection, newcomer)
      tellOthers(connection, `* ${newcomer} joined`)
      void connection.send(`* here: ${[...names.values()].join(', ')}`)
    },
    onClose: (connection) => {
      const name = names.get(connection)
      names.delete(connection)
      if (name !== undefined) tellOthers(connection, `* ${name} left`)
    },
  })
  console.log(`Listening on ${url}`)
  return listener
}

if (import.meta.main) await serve(Number(process.argv[2] ?? 7000))
