import { guichet, OPEN } from 'guichet'

export const app = guichet({ name: 'workers', audit: true, limits: { drainTimeoutMs: 2_000 } })

app.get('/who', { authorize: OPEN }, () => ({ pid: process.pid }))
