/** The part of a client that is the same for all apps; it needs `fetch` and nothing else. */
export const CLIENT_RUNTIME = `export interface ClientOptions {
  /** Where the API is: \`https://example.org\`. In a page of the API itself, an empty text. */
  readonly baseUrl: string
  /** Value of the header \`Authorization\`, such as \`Bearer …\`, or what gives it for each call. */
  readonly authorization?: string | (() => string | null | Promise<string | null>)
  /** Headers of all calls. A writing call that shows itself by a cookie needs \`x-csrf-token\`. */
  readonly headers?: Readonly<Record<string, string>>
  /** \`include\` sends cookies to an API of another origin, which must allow it; \`same-origin\` by default. */
  readonly credentials?: 'include' | 'omit' | 'same-origin'
  /** Another \`fetch\`. */
  readonly fetch?: typeof fetch
}

/** What one call may have of its own. */
export interface CallOptions {
  readonly signal?: AbortSignal
  /** Instead of that of the client; null: none. */
  readonly authorization?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A call that was refused. */
export class CallError extends Error {
  readonly status: number
  /** The problem details, or what came in their place. */
  readonly body: unknown
  readonly response: Response

  constructor(response: Response, body: unknown, text: string) {
    super(text)
    this.name = 'CallError'
    this.status = response.status
    this.body = body
    this.response = response
  }
}

interface Shape {
  readonly method: string
  /** Path template: \`/recipes/{id}\`. */
  readonly path: string
  readonly query: readonly string[]
  readonly headers: readonly string[]
  /** How fields are sent; \`whole\`: the argument \`body\` is the body. */
  readonly body: 'none' | 'json' | 'multipart' | 'whole'
  readonly fields: readonly string[]
}

type Args = Readonly<Record<string, unknown>>

async function send(options: ClientOptions, shape: Shape, args: Args, call: CallOptions): Promise<unknown> {
  const headers = new Headers({ ...options.headers, ...call.headers })
  const authorization = call.authorization === undefined ? await readAuthorization(options) : call.authorization
  if (authorization !== null) headers.set('authorization', authorization)
  for (const name of shape.headers) if (args[name] !== undefined) headers.set(name, String(args[name]))
  const body = formatBody(shape, args)
  if (typeof body === 'string') headers.set('content-type', 'application/json')
  const request: RequestInit = { method: shape.method, headers, credentials: options.credentials ?? 'same-origin' }
  if (body !== null) request.body = body
  if (call.signal !== undefined) request.signal = call.signal
  const response = await (options.fetch ?? fetch)(formatUrl(options.baseUrl, shape, args), request)
  const value = await readBody(response)
  if (!response.ok) throw new CallError(response, value, describeRefusal(shape, response, value))
  return value
}

async function readAuthorization({ authorization }: ClientOptions): Promise<string | null> {
  return typeof authorization === 'function' ? authorization() : (authorization ?? null)
}

function formatUrl(baseUrl: string, { path, query }: Shape, args: Args): string {
  const filled = path.replaceAll(/\\{(\\w+)\\}/g, (_, name: string) => encodeURIComponent(String(args[name])))
  const pairs = new URLSearchParams()
  for (const name of query) {
    const value = args[name]
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) pairs.append(name, formatValue(one))
  }
  const text = pairs.toString()
  return baseUrl.replace(/\\/$/, '') + filled + (text === '' ? '' : \`?\${text}\`)
}

function formatValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function formatBody({ body, fields }: Shape, args: Args): string | FormData | null {
  if (body === 'none') return null
  if (body === 'whole') return args['body'] === undefined ? null : JSON.stringify(args['body'])
  const given = fields.filter((name) => args[name] !== undefined)
  if (body === 'json') return JSON.stringify(Object.fromEntries(given.map((name) => [name, args[name]])))
  const form = new FormData()
  for (const name of given) {
    const value = args[name]
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, one instanceof Blob ? one : formatValue(one))
  }
  return form
}

async function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (response.status === 204 || type === '') return undefined
  if (/[/+]json/.test(type)) return response.json()
  return type.startsWith('text/') ? response.text() : response.blob()
}

function describeRefusal({ method, path }: Shape, { status }: Response, body: unknown): string {
  const text = typeof body === 'object' && body !== null && 'detail' in body ? \`: \${String(body.detail)}\` : ''
  return \`\${method} \${path} was refused with \${status}\${text}\`
}
`
