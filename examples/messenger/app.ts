import { guichet, OPEN } from 'guichet'
import { z } from 'zod'
import { accounts } from './accounts.ts'
import { config } from './config.ts'
import { queries } from './queries.sql.ts'
import { rooms } from './rooms.ts'
import { member } from './rules.ts'
import { login, tickets, tokens } from './schemes.ts'

export const app = guichet({
  name: 'messenger',
  authn: [tokens, tickets, login],
  database: { queries },
  config,
  audit: true,
  welcome: [
    'A page that joins the open room:  {url}/',
    'In a terminal:                    npx guichet chat ws://127.0.0.1:{port}/ws --name calvin',
  ],
})

app.mount('/', accounts)
app.mount('/rooms', rooms)

const messages = { say: { params: { text: z.string().min(1).max(2000) } } }

app.channel('/rooms/:room', {
  authorize: member(),
  messages,
  history: 100,
  presence: true,
  summary: 'A room',
})

/** One room for everybody: JSON here, plain text at `/ws` and over TCP. */
export const open = app.channel('/rooms/open', {
  authorize: OPEN,
  messages,
  history: 100,
  presence: true,
  summary: 'The open room',
})

const plain = app.channel('/ws', {
  authorize: OPEN,
  messages,
  history: 100,
  presence: true,
  plainText: { type: 'say', param: 'text' },
  room: () => '/rooms/open',
  summary: 'The open room in plain text',
})

app.tcp(({ tcpPort }) => tcpPort, { channel: plain })

app.udp(
  ({ udpPort }) => udpPort,
  { authorize: OPEN, params: { text: z.string().max(100) }, summary: 'Who is in the open room?' },
  async () => {
    const names = (await open.present({})).map(({ user, name }) => user ?? `~${name}`)
    return names.length === 0 ? 'Nobody is here' : `Here: ${names.join(', ')}`
  },
)

app.static('/', 'public', { authorize: OPEN })
