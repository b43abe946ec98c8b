/** A channel of Guichet from its packed dist, as `guichet run rooms.ts` serves it: rules, checked messages and audit. */
import { guichet, OPEN } from 'guichet'
import { z } from 'zod'

// One client speaks for all of its thousand members: more than any person types.
export const app = guichet({ name: 'bench-rooms', limits: { messageRateMax: 1e6, messageBurstMax: 1e6 } })

app.channel('/rooms/:room', {
  authorize: OPEN,
  messages: { say: { params: { text: z.string().max(1000) } } },
  transports: ['websocket'],
})
