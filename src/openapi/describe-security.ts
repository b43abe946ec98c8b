import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { scopesOf } from './audience.ts'
import type { Json } from './openapi-document.ts'

export interface RouteSecurity {
  /**
   * Alternatives, as OpenAPI lists them, with an empty one only where nobody needs to be known. Empty where credentials
   * are fields of the body alone, or nobody has any.
   */
  readonly requirements: readonly Readonly<Record<string, readonly string[]>>[]
  /** The security schemes that the alternatives name. */
  readonly schemes: Readonly<Record<string, Json>>
  /** Fields of the body that hold credentials. */
  readonly bodyFields: readonly string[]
  /** True where those fields are the only way in. */
  readonly needsBodyFields: boolean
}

/** What a writing call with a cookie sends beside it. */
const CSRF = 'csrf'
const CSRF_SCHEME: Json = {
  type: 'apiKey',
  in: 'header',
  name: 'X-CSRF-Token',
  description: 'Proof that a writing call with a cookie comes from our own pages.',
}
const CSRF_FIELD = '_csrf'

/** The schemes that the route itself accepts: what dispatch tries is what stands here. */
export function describeSecurity(route: CompiledRoute, method: string): RouteSecurity {
  const { schemes, realm, rule, declaration } = route
  const isOpen = declaration.spec.authorize.node.kind === 'open'
  const scopes = scopesOf(declaration.spec.authorize.node)
  const described: Record<string, Json> = {}
  const requirements = schemes.flatMap((scheme) =>
    Object.entries(scheme.describe(realm)).map(([name, text]) => {
      described[name] = text
      const needsCsrf = scheme.isAmbient && text['in'] === 'cookie' && method !== 'GET'
      if (needsCsrf) described[CSRF] = CSRF_SCHEME
      return { [name]: scopes, ...(needsCsrf ? { [CSRF]: [] } : {}) }
    }),
  )
  const bodyFields = schemes.flatMap((scheme) => scheme.bodyFields ?? []).filter((name) => name !== CSRF_FIELD)
  return {
    requirements: requirements.length > 0 && isOpen ? [...requirements, {}] : requirements,
    schemes: described,
    bodyFields,
    needsBodyFields: rule.needsUser && requirements.length === 0,
  }
}
