import { setTimeout as sleep } from 'node:timers/promises'
import { guichet, OPEN } from 'guichet'

export const app = guichet({ name: 'stray' })

/** Work of a handler that nobody waits for. */
async function forgotten(what: string): Promise<never> {
  await sleep(5)
  throw new Error(`forgotten: ${what}`)
}

app.get('/async', { authorize: OPEN }, async (_, { log }) => {
  log.warn({}, 'the call of /async')
  void forgotten('async')
  return 'fine'
})

app.get('/sync', { authorize: OPEN }, () => {
  void forgotten('sync')
  return 'fine'
})

app.get('/timer', { authorize: OPEN }, () => {
  setTimeout(() => {
    throw new Error('thrown by a timer')
  }, 5)
  return 'fine'
})

app.get('/slow', { authorize: OPEN }, async () => {
  await sleep(300)
  return 'done'
})

app.get('/alive', { authorize: OPEN }, () => true)
