import type { CookieGate } from '../core/cookie-gate.ts'
import type { ErrorPage } from '../core/error-page.ts'
import type { PagePolicy } from '../guard/page-policy.ts'
import type { RouteTable } from '../route/route-table.ts'
import type { CompiledRoute } from './compiled-route.ts'

/** What answers for a host. */
export interface Site {
  readonly table: RouteTable<CompiledRoute>
  /** Its pages for refusals; null: problem details for everybody. */
  readonly errorPages: ErrorPage | null
  /** Which cookies it may set; null: all. */
  readonly cookies: CookieGate | null
  /** What its pages may load and run. */
  readonly pagePolicy: PagePolicy
}
