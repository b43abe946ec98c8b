import { setTimeout as sleep } from 'node:timers/promises'
import { guichet, OPEN } from 'guichet'

export const app = guichet({ name: 'slow' })

let start: () => void = () => undefined
const started = new Promise<void>((resolve) => {
  start = resolve
})

app.get('/slow', { authorize: OPEN }, async () => {
  start()
  await sleep(500)
  return 'done'
})

app.get('/started', { authorize: OPEN }, async () => {
  await started
  return true
})
