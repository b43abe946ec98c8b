import { AUTH } from 'guichet'
import { z } from 'zod'
import { routes } from './rules.ts'

/** Things that are computed without the database. */
export const compute = routes((r) => {
  r.get('/add', { authorize: AUTH, params: { i: z.int(), j: z.int() } }, ({ i, j }) => i + j)

  r.get('/hash', { authorize: AUTH, params: { apass: z.string() } }, ({ apass }, call) => call.hashPassword(apass))
})
