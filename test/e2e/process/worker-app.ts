import { guichet, OPEN } from 'guichet'
import { health } from 'guichet/health'
import { metrics } from 'guichet/metrics'

export const app = guichet({ name: 'workers', audit: true, limits: { unreadyMs: 400 } })

app.mount('/', health({ authorize: OPEN }))
app.mount('/', metrics({ authorize: OPEN }))
app.get('/who', { authorize: OPEN }, () => ({ pid: process.pid }))
