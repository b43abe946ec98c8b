import { guichet, OPEN } from 'guichet'

export const app = guichet({ name: 'unready', audit: false, limits: { unreadyMs: 6000, drainTimeoutMs: 200 } })

app.get('/who', { authorize: OPEN }, () => ({ pid: process.pid }))
