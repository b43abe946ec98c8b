import { AUTH, created, guichet, noContent, OPEN, refuse, reply } from 'guichet'
import { docs } from 'guichet/openapi'
import { z } from 'zod'
import { config } from './config.ts'
import { queries } from './queries.sql.ts'
import { recipes } from './recipes.ts'
import { login, tokens } from './schemes.ts'
import { scrape } from './scrape.ts'
import type { TokenPair } from 'guichet/authn'

export const app = guichet({
  name: 'recipes',
  authn: [tokens, login],
  database: { queries },
  config,
  audit: true,
  welcome: [
    `curl {url}/register --json '{"username": "ana", "password": "correct horse battery"}'`,
    `curl {url}/login --json '{"username": "ana", "password": "correct horse battery"}'`,
    'Documentation: {url}/apidocs',
  ],
})

const TokenReply = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
})

/** Tokens as OAuth names them (RFC 6749 section 5.1); no cache may keep them. */
function tokenReply({ accessToken, refreshToken, tokenType, expiresInS }: TokenPair) {
  const body = { access_token: accessToken, refresh_token: refreshToken, token_type: tokenType, expires_in: expiresInS }
  return reply(body, { headers: { 'cache-control': 'no-store' } })
}

app.post(
  '/register',
  {
    authorize: OPEN,
    params: { username: z.string().min(1).max(64), password: z.string() },
    summary: 'Make an account',
  },
  async ({ username, password }, call) => {
    // Before the slow hash, and before a word about the password; two at once meet the primary key, 409 too.
    if (await call.sql.hasAccount({ username })) throw refuse(409, 'this username is taken')
    const pass = await call.hashPassword(password)
    await call.sql.addAccount({ username, pass })
    return created({ msg: 'User created' })
  },
)

app.post(
  '/login',
  { authorize: AUTH, authn: [login], reply: TokenReply, summary: 'Take an access and a refresh token' },
  async (_, { user }) => tokenReply(await tokens.createPair(user)),
)

app.post(
  '/refresh',
  { authorize: AUTH, authn: [tokens.refresh], reply: TokenReply, summary: 'Exchange a refresh token' },
  async (_, call) => tokenReply(await tokens.rotate(call)),
)

app.post('/logout', { authorize: AUTH, authn: [tokens], summary: 'End this token and its family' }, async (_, call) => {
  await tokens.revoke(call)
  return noContent()
})

app.get('/protected', { authorize: AUTH, authn: [tokens], summary: 'Who am I?' }, (_, { user }) => ({ username: user }))

app.mount('/recipes', recipes)
app.mount('/scrape', scrape)

app.mount(
  '/',
  docs({
    authorize: OPEN,
    title: 'Recipes',
    version: '1.0.0',
    description: 'Recipes of registered users, and the text of pages elsewhere.',
    contact: { name: 'The course', url: 'https://example.org/course' },
    license: { name: 'MIT', identifier: 'MIT' },
  }),
)
