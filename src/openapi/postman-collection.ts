import type { AppView } from '../pipeline/app-view.ts'
import { describeApp, type DescribedApp } from './describe-app.ts'
import type { DescribedOperation } from './describe-operation.ts'
import { notedDocs } from './noted-docs.ts'
import type { Json } from './openapi-document.ts'
import { credentialsFor, endsCredentials, isLogin, passwordFields } from './postman-credentials.ts'
import { expectedStatuses, identitiesOf, type Identity } from './postman-expectation.ts'
import { formatRequest, type RequestPlan } from './postman-request.ts'

export interface PostmanOptions {
  /** Where the API is, as the variable `baseUrl`. */
  readonly baseUrl: string
  /** A host: what it serves. Null: the routes of all hosts. */
  readonly host: string | null
}

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'

/**
 * A Postman collection, format 2.1: a folder for each identity, with what it may call and what must be refused to it.
 * Each request tests the status of its answer.
 */
export function formatPostman(view: AppView, { baseUrl, host }: PostmanOptions): Json {
  const options = notedDocs(view)
  const app = describeApp(view, options, host ?? undefined)
  const identities = identitiesOf(app.operations)
  return {
    info: { name: options.title ?? view.name, schema: SCHEMA, description: describe(identities) },
    variable: [{ key: 'baseUrl', value: baseUrl + view.prefix }, ...identities.flatMap(variablesOf)],
    item: identities.map((identity) => formatFolder(app, identity)).filter(({ item }) => item.length > 0),
  }
}

function describe(identities: readonly Identity[]): string {
  const known = identities.filter(({ kind }) => kind !== 'nobody' && kind !== 'wrong' && kind !== 'scope')
  const variables = known.map(({ name }) => `\`${name}\` and \`${name}_password\``).join(', ')
  return `A folder for each identity, negative requests included. Logins and passwords are in the variables ${variables}. Requests write and delete: run them on a server for tests.`
}

function variablesOf({ name, kind }: Identity): readonly Json[] {
  if (kind === 'nobody' || kind === 'wrong') return []
  const token = { key: `${name}_token`, value: '' }
  if (kind === 'scope') return [token]
  return [
    { key: name, value: `postman-${name}` },
    { key: `${name}_password`, value: 'a battery of correct horses' },
    token,
    { key: `${name}_refresh_token`, value: '' },
  ]
}

interface Folder extends Json {
  readonly item: readonly Json[]
}

function formatFolder({ operations }: DescribedApp, identity: Identity): Folder {
  const ordered = operations.toSorted((a, b) => rank(a) - rank(b))
  const login = needsLogin(operations, identity) ? operations.find(isLogin) : undefined
  const first = login === undefined ? [] : [formatLogin(login, identity)]
  const names = new Set(operations.flatMap(({ route }) => passwordFields(route) ?? []))
  const requests = ordered.flatMap((operation) => formatRequests({ operation, identity, secrets: names }))
  return { name: identity.name, item: requests.length === 0 ? [] : [...first, ...requests] }
}

/** What reads comes before what writes, and what deletes or ends a login comes last. */
function rank(operation: DescribedOperation): number {
  const order = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].indexOf(operation.method)
  return endsCredentials(operation) ? 10 : order
}

function needsLogin(operations: readonly DescribedOperation[], identity: Identity): boolean {
  if (identity.kind !== 'user' && identity.kind !== 'group') return false
  return operations.some((operation) => credentialsFor(operation, identity).auth['type'] === 'bearer')
}

function formatLogin(operation: DescribedOperation, identity: Identity): Json {
  const script = [
    'const body = pm.response.json()',
    "const token = typeof body === 'string' ? body : (body.access_token ?? body.accessToken ?? body.token)",
    `pm.collectionVariables.set('${identity.name}_token', token)`,
    `pm.collectionVariables.set('${identity.name}_refresh_token', body.refresh_token ?? body.refreshToken ?? '')`,
  ]
  const credentials = credentialsFor(operation, identity)
  return formatRequest({
    operation,
    credentials,
    name: 'log in',
    expected: [200, 201],
    isEmpty: false,
    script,
    values: {},
  })
}

interface FolderPlan {
  readonly operation: DescribedOperation
  readonly identity: Identity
  /** Fields of login and password anywhere in the app. */
  readonly secrets: ReadonlySet<string>
}

function formatRequests({ operation, identity, secrets }: FolderPlan): readonly Json[] {
  const expected = expectedStatuses(operation, identity)
  if (expected === null) return []
  const { method, path, route } = operation
  const credentials = credentialsFor(operation, identity)
  const name = `${method} ${path}`
  const common: Omit<RequestPlan, 'expected' | 'isEmpty' | 'name'> = {
    operation,
    credentials,
    script: [],
    values: loginValues(secrets),
  }
  const isRefused = expected.length === 1
  const whole = formatRequest({
    ...common,
    name: `${name}: ${isRefused ? expected[0] : 'allowed'}`,
    expected,
    isEmpty: false,
  })
  // A body that is not there is the one mistake that every operation with required fields has in common.
  const needsFields = route.binder.params.some(({ place, isRequired }) => place === 'field' && isRequired)
  if (isRefused || !needsFields || expected.includes(403)) return [whole]
  return [
    whole,
    formatRequest({ ...common, name: `${name} without its parameters: 400`, expected: [400], isEmpty: true }),
  ]
}

/** A new account gets the login and the password with which the folder of users logs in. */
function loginValues(secrets: ReadonlySet<string>): Readonly<Record<string, string>> {
  const [login, password] = [...secrets]
  return login === undefined || password === undefined ? {} : { [login]: '{{user}}', [password]: '{{user_password}}' }
}
