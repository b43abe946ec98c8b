import { created, guichet, OPEN } from 'guichet'
import { z } from 'zod'
import { queries } from './queries.sql.ts'

// Nothing but its deadline ends a statement.
export const app = guichet({ name: 'concurrent', database: { queries }, limits: { statementTimeoutMs: 3_600_000 } })

const name = z.string()
/** Handlers that wait here until a second one does: their transactions surely overlap. */
const waiting = new Map<string, () => void>()
const attempts = new Map<string, number>()

async function meet(place: string): Promise<void> {
  const count = (attempts.get(place) ?? 0) + 1
  attempts.set(place, count)
  if (count > 2) return
  const other = waiting.get(place)
  if (other !== undefined) return other()
  await new Promise<void>((resolve) => waiting.set(place, resolve))
}

export const attemptsOf = (place: string): number => attempts.get(place) ?? 0

const serializable = { authorize: OPEN, serializable: true, params: { name } } as const
app.post('/retried', { ...serializable, retry: 5 }, async (args, { sql }) => {
  const place = await sql.countItems(args)
  await meet(args.name)
  await sql.addItem({ ...args, place })
  return created(place)
})
app.post('/once', serializable, async (args, { sql }) => {
  const place = await sql.countItems(args)
  await meet(args.name)
  await sql.addItem({ ...args, place })
  return created(place)
})
app.post('/added', { authorize: OPEN, params: { name } }, (args, { sql }) => sql.addItem({ ...args, place: 0 }))

app.get('/places', { authorize: OPEN, params: { name } }, async (args, { sql }) =>
  (await sql.places(args)).map(({ place }) => place),
)
app.get('/twice', { authorize: OPEN, readonly: true, params: { name } }, async (args, { sql }) => {
  const before = await sql.countItems(args)
  await meet(args.name)
  return [before, await sql.countItems(args)]
})
/** Lets a waiting reader go on. */
app.post('/met', { authorize: OPEN, params: { name } }, (args) => meet(args.name))
app.get('/forbidden', { authorize: OPEN, readonly: true }, (_, { sql }) => sql.addItem({ name: 'no', place: 0 }))
app.get('/numbers', { authorize: OPEN, params: { count: z.int() } }, (args, { sql }) => sql.numbers(args))
/** Whether the signal of each slow call had aborted when its statement ended. */
export const ended: boolean[] = []
app.get('/slow-read', { authorize: OPEN, timeout: 300, params: { name } }, async (args, { sql, signal }) => {
  try {
    await sql.addSlowly(args)
  } finally {
    ended.push(signal.aborted)
  }
})
app.post('/slow', { authorize: OPEN, timeout: 300, params: { name } }, async (args, { sql, signal }) => {
  try {
    await sql.addSlowly(args)
  } finally {
    ended.push(signal.aborted)
  }
})
