import { guichet, OPEN } from '../../src/index.ts'
import { z } from 'zod'
import { serveApp } from '../../src/app/serve.ts'

const app = guichet({
  name: 'bench',
  limits: {
    connectionsPerUserMax: 100_000,
    roomMembersMax: 100_000,
    roomsMax: 100_000,
    messageRateMax: 1e6,
    messageBurstMax: 1e6,
  },
})
const text = z.string().max(1000)
app.channel('/room', { authorize: OPEN, messages: { say: { params: { text } } }, transports: ['websocket'] })
app.channel('/rooms/:room', { authorize: OPEN, messages: { say: { params: { text } } }, transports: ['websocket'] })
const running = await serveApp(app['~definition'], {
  environment: { PORT: '0', LOG_LEVEL: 'error', GUICHET_AUDIT: process.env.AUDIT ?? 'off' },
})
process.send?.({ url: `${running.url.replace('http', 'ws')}/room` })
process.on('message', () => {
  globalThis.gc?.()
  process.send?.({
    heap: process.memoryUsage().heapUsed,
    external: process.memoryUsage().external,
    rss: process.memoryUsage().rss,
  })
})
