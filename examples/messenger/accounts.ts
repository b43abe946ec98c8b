import { AUTH, created, noContent, OPEN, refuse, reply } from 'guichet'
import type { TokenPair } from 'guichet/authn'
import { z } from 'zod'
import { routes } from './rules.ts'
import { login, tickets, tokens } from './schemes.ts'

/** Tokens as OAuth names them (RFC 6749 section 5.1); no cache may keep them. */
function tokenReply({ accessToken, refreshToken, tokenType, expiresInS }: TokenPair) {
  const body = { access_token: accessToken, refresh_token: refreshToken, token_type: tokenType, expires_in: expiresInS }
  return reply(body, { headers: { 'cache-control': 'no-store' } })
}

/** Register, log in, out, and take tickets. */
export const accounts = routes((r) => {
  r.post(
    '/register',
    {
      authorize: OPEN,
      params: { username: z.string().regex(/^[a-z][a-z0-9_-]{0,30}$/), password: z.string() },
      summary: 'Make an account',
    },
    async ({ username, password }, call) => {
      if (await call.sql.hasAccount({ username })) throw refuse(409, 'this username is taken')
      const pass = await call.hashPassword(password)
      await call.sql.addAccount({ username, pass })
      return created({ username })
    },
  )

  r.post(
    '/login',
    { authorize: AUTH, authn: [login], summary: 'Take an access and a refresh token' },
    async (_, { user }) => tokenReply(await tokens.createPair(user)),
  )

  r.post(
    '/refresh',
    { authorize: AUTH, authn: [tokens.refresh], summary: 'Exchange a refresh token' },
    async (_, call) => tokenReply(await tokens.rotate(call)),
  )

  r.post('/logout', { authorize: AUTH, authn: [tokens], summary: 'End this token and its family' }, async (_, call) => {
    await tokens.revoke(call)
    // Connections that were opened with it end too.
    call.forget(call.user)
    return noContent()
  })

  r.post(
    '/ticket',
    { authorize: AUTH, authn: [tokens], summary: 'Take a ticket to open one WebSocket' },
    async (_, { user, identity }) =>
      reply({ ticket: await tickets.create(user, identity) }, { headers: { 'cache-control': 'no-store' } }),
  )
})
