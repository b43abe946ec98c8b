import type { TestReply } from './exchange.ts'

interface JarCookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** Keeps the cookies of replies and sends them back, as a browser does with one site. `Secure` is taken for granted. */
export class CookieJar {
  readonly #cookies = new Map<string, JarCookie>()

  /** The value of a cookie; undefined where there is none. */
  get(name: string): string | undefined {
    return [...this.#cookies.values()].find((cookie) => cookie.name === name)?.value
  }

  /** All names, in the order in which they came. */
  get names(): readonly string[] {
    return [...this.#cookies.values()].map(({ name }) => name)
  }

  clear(): void {
    this.#cookies.clear()
  }

  /** The `Cookie` header for a path (RFC 6265 section 5.4); null where no cookie goes there. */
  headerFor(target: string): string | null {
    const path = target.split('?', 1)[0] ?? '/'
    const cookies = [...this.#cookies.values()].filter((cookie) => isBelow(path, cookie.path))
    const sorted = cookies.toSorted((a, b) => b.path.length - a.path.length)
    return sorted.length === 0 ? null : sorted.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  /** Takes the `Set-Cookie` headers of a reply to `target`. */
  take(target: string, reply: TestReply): void {
    for (const text of reply.headerValues('set-cookie')) this.#set(target, text)
  }

  #set(target: string, text: string): void {
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    if (at < 1) return
    const values = new Map(attributes.map(splitAttribute))
    const given = values.get('path') ?? ''
    const path = given.startsWith('/') ? given : defaultPath(target)
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path }
    const key = `${cookie.name};${path}`
    if (isOver(values)) this.#cookies.delete(key)
    else this.#cookies.set(key, cookie)
  }
}

function splitAttribute(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name.toLowerCase(), value]
}

/** `Max-Age` wins over `Expires` (RFC 6265 section 5.3). */
function isOver(values: ReadonlyMap<string, string>): boolean {
  const maxAge = values.get('max-age')
  if (maxAge !== undefined) return Number(maxAge) <= 0
  const expires = values.get('expires')
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

/** RFC 6265 section 5.1.4. */
function defaultPath(target: string): string {
  const path = target.split('?', 1)[0] ?? '/'
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}

function isBelow(path: string, folder: string): boolean {
  if (path === folder) return true
  return path.startsWith(folder) && (folder.endsWith('/') || path[folder.length] === '/')
}
