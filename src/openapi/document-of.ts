import type { AppView } from '../pipeline/app-view.ts'
import { type Audience, mayCall } from './audience.ts'
import { describeApp } from './describe-app.ts'
import { notedDocs } from './noted-docs.ts'
import type { OpenApiDocument } from './openapi-document.ts'

export interface DocumentChoice {
  readonly audience: Audience | null
  /** A host: what it serves. Null: the routes of all hosts. */
  readonly host: string | null
}

/** The document of an app without serving it; null where there is no such audience. */
export function documentOf(view: AppView, { audience, host }: DocumentChoice): OpenApiDocument | null {
  const described = describeApp(view, notedDocs(view), host ?? undefined)
  const all = described.select(() => true)
  if (audience === null) return all
  if (!all['x-audiences'].includes(audience)) return null
  return described.select(({ route }) => mayCall(route.declaration.spec.authorize.node, audience))
}
