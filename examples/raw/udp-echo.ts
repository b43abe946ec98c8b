// A UDP server that sends each datagram back to where it came from. Run: node udp-echo.ts 7000
import { createUdpListener, type UdpListener } from 'guichet/sockets'

/** Opens the server on a port of this machine; 0 takes a free one. */
export async function serve(port: number): Promise<UdpListener> {
  const listener = createUdpListener({ port })
  // The address of a datagram can be a lie: never answer with more bytes than came.
  const url = await listener.open(({ bytes, reply }) => reply(bytes))
  console.log(`Listening on ${url}`)
  return listener
}

if (import.meta.main) await serve(Number(process.argv[2] ?? 7000))
