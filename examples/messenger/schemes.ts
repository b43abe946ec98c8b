import { param, ticket, token } from 'guichet/authn'
import type { Sql } from './queries.sql.ts'

interface Context {
  readonly sql: Sql
}

/** Access tokens of 15 minutes, refresh tokens of 30 days that serve once each. */
export const tokens = token({ format: 'jwt' })

/** What a page opens a WebSocket with: it cannot send a header. */
export const tickets = ticket()

/** Username and password as fields of the body; only the login route takes them. */
export const login = param({
  isOptIn: true,
  user: 'username',
  pass: 'password',
  password: (username: string, { sql }: Context) => sql.passwordOf({ username }),
  rehash: (username: string, pass: string, { sql }: Context) => sql.setPassword({ username, pass }),
})
