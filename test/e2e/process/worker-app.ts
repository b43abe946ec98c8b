import { guichet, OPEN } from 'guichet'
import { health } from 'guichet/health'
import { metrics } from 'guichet/metrics'
import { z } from 'zod'

export const app = guichet({
  name: 'workers',
  audit: true,
  limits: { unreadyMs: 400 },
  config: z.object({ udpPort: z.int().default(0) }),
})

app.mount('/', health({ authorize: OPEN }))
app.mount('/', metrics({ authorize: OPEN }))
app.get('/who', { authorize: OPEN }, () => ({ pid: process.pid }))
app.udp(
  ({ udpPort }) => udpPort,
  { authorize: OPEN, params: { text: z.string() } },
  ({ text }) => `${text} ${process.pid}`,
)
