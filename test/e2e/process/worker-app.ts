import { guichet, OPEN } from 'guichet'

export const app = guichet({ name: 'workers', audit: true })

app.get('/who', { authorize: OPEN }, () => ({ pid: process.pid }))
