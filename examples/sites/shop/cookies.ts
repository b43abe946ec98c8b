import { OPEN, redirect } from 'guichet'
import { routes } from '../desk.ts'
import { consent } from './consent.ts'
import { cookiePage } from './pages.ts'
import { readVisitor } from './visitor.ts'

/** The page about cookies, and the answers of visitors, each with its proof. */
export const cookies = routes((r) => {
  r.get('/', { authorize: OPEN }, async (_, call) => cookiePage(call, await readVisitor(call)))

  r.post('/', { authorize: OPEN, params: consent.params }, async (args, call) => {
    const back = await consent.decide(call, args, ({ at, isUnderGpc, ...record }) =>
      call.sql.addConsent({ ...record, decided_at: at, is_under_gpc: isUnderGpc }),
    )
    return redirect(back)
  })
})
