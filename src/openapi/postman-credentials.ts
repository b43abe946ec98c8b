import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import type { DescribedOperation } from './describe-operation.ts'
import type { Json } from './openapi-document.ts'
import type { Identity } from './postman-expectation.ts'
import { writtenHandler } from './written-handler.ts'

/** How a request shows who sends it. */
export interface PostmanCredentials {
  /** The `auth` object of the request. */
  readonly auth: Json
  /** Fields of the body that hold credentials. */
  readonly fields: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

const NONE: PostmanCredentials = { auth: { type: 'noauth' }, fields: {}, headers: {} }
const WRONG = 'not-a-credential'

/** The credentials of an identity for one operation, by the schemes that its route accepts. */
export function credentialsFor(operation: DescribedOperation, identity: Identity): PostmanCredentials {
  const { route, securitySchemes } = operation
  if (identity.kind === 'nobody') return NONE
  const schemes = Object.entries(securitySchemes).filter(([, text]) => text['in'] !== 'cookie')
  const basic = schemes.find(([, text]) => text['scheme'] === 'basic')
  const bearer = schemes.find(([, text]) => text['scheme'] === 'bearer')
  const isWrong = identity.kind === 'wrong'
  if (bearer !== undefined && (isWrong || basic === undefined || identity.kind === 'scope')) {
    const isRefresh = route.schemes.every(({ isOptIn }) => isOptIn === true)
    return { ...NONE, auth: bearerAuth(isWrong ? WRONG : `{{${identity.name}_${isRefresh ? 'refresh_' : ''}token}}`) }
  }
  if (basic !== undefined) {
    const [login, password] = isWrong ? [WRONG, WRONG] : [`{{${identity.name}}}`, `{{${identity.name}_password}}`]
    return { ...NONE, auth: basicAuth(login, password) }
  }
  const [header] = schemes.filter(([, text]) => text['in'] === 'header' && text['name'] !== 'X-CSRF-Token')
  if (header !== undefined) {
    const value = isWrong ? WRONG : `{{${identity.name}_${header[0]}}}`
    return { ...NONE, headers: { [String(header[1]['name'])]: value } }
  }
  return { ...NONE, fields: bodyFields(route, identity) }
}

function bodyFields(route: CompiledRoute, { name }: Identity): Readonly<Record<string, string>> {
  const [login, password] = passwordFields(route) ?? []
  return login === undefined || password === undefined
    ? {}
    : { [login]: `{{${name}}}`, [password]: `{{${name}_password}}` }
}

/** Names of the fields of login and password; null where the route takes none. */
export function passwordFields({ schemes }: CompiledRoute): readonly [string, string] | null {
  for (const { reads, bodyFields: [login, password] = [] } of schemes) {
    if (reads === 'body' && login !== undefined && password !== undefined) return [login, password]
  }
  return null
}

function bearerAuth(token: string): Json {
  return { type: 'bearer', bearer: [{ key: 'token', value: token, type: 'string' }] }
}

function basicAuth(username: string, password: string): Json {
  const pairs = Object.entries({ username, password })
  return { type: 'basic', basic: pairs.map(([key, value]) => ({ key, value, type: 'string' })) }
}

/** True for a route that gives tokens for a login and a password. */
export function isLogin({ route }: DescribedOperation): boolean {
  const { declaration, schemes, realm } = route
  const takesPasswords = schemes.every(
    (scheme) =>
      passwordFields(route) !== null ||
      Object.values(scheme.describe(realm)).some((text) => text['scheme'] === 'basic'),
  )
  const givesToken =
    /\bcreate(?:Token|Pair)\b/.test(String(writtenHandler(route))) || declaration.path.endsWith('/login')
  return schemes.length > 0 && takesPasswords && givesToken
}

/** True for a route that ends the credentials of its caller: it comes last. */
export function endsCredentials({ route }: DescribedOperation): boolean {
  const { path } = route.declaration
  return /\b(?:revoke|revokeUser|logout|rotate)\(/.test(String(writtenHandler(route))) || path.endsWith('/logout')
}
