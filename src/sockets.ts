export { createTcpClient, type TcpClient, type TcpClientOptions } from './dial/tcp-client.ts'
export { createUdpClient, type UdpClient, type UdpClientOptions } from './dial/udp-client.ts'
export {
  createWebSocketClient,
  type WebSocketClient,
  type WebSocketClientOptions,
  type WebSocketEnd,
  WebSocketRefusedError,
} from './dial/websocket-client.ts'
export type { ConnectionEnd, StreamConnection, StreamHandler } from './listen/stream-connection.ts'
export { createTcpListener, type TcpListener, type TcpListenerOptions } from './listen/tcp-listener.ts'
export { createUdpListener, type Datagram, type UdpListener, type UdpListenerOptions } from './listen/udp-listener.ts'
export { encodeDatagram, type SignedDatagram } from './wire/datagram.ts'
export { createDatagramKey, type DatagramKey } from './wire/datagram-key.ts'
export type { FrameDecoder, Framing } from './wire/framing.ts'
export { httpMessages, type HttpRequest, type HttpResponse } from './wire/http-messages.ts'
export { lengthPrefixedBytes, lengthPrefixedJson } from './wire/length-prefix.ts'
export { lines } from './wire/lines.ts'
export { formatVisible } from './wire/visible-text.ts'
