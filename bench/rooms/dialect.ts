/** How a client speaks to each of the servers, down to the bytes of its frames. */

export interface Dialect {
  /** Name in `measure/server.ts`. */
  readonly server: string
  readonly label: string
  /** Where a client opens its WebSocket; `room` is a number. */
  readonly pathOf: (room: number) => string
  /** What a client says after its handshake to be in the room; null: it is there already. */
  readonly enter: string | null
  /** Text that tells a client that it is there; null: the handshake does. */
  readonly entered: string | null
  readonly encode: (text: string) => string
}

const guichet: Dialect = {
  server: 'guichet-rooms',
  label: 'Guichet',
  pathOf: (room) => `/rooms/${room}`,
  enter: null,
  entered: '"joined"',
  encode: (text) => JSON.stringify({ type: 'say', params: { text } }),
}

const bare: Dialect = {
  server: 'rooms-ws',
  label: 'bare ws',
  pathOf: () => '/',
  enter: null,
  entered: null,
  encode: (text) => text,
}

/** What no server of Node.js can do without. */
const floor: Dialect = { ...bare, server: 'rooms-net', label: 'node:net' }

const socketIo: Dialect = {
  server: 'rooms-socketio',
  label: 'Socket.IO',
  pathOf: () => '/socket.io/?EIO=4&transport=websocket',
  // Packets of the Engine.IO protocol, revision 4: 4 is a message; in it 0 is CONNECT, 2 an event.
  enter: '40',
  entered: '40{',
  encode: (text) => `42${JSON.stringify(['say', text])}`,
}

export const DIALECTS = { guichet, bare, socketIo, floor } as const
