import { AUTH, guichet, noContent, OPEN, refuse } from 'guichet'
import { session } from 'guichet/authn'
import { docs } from 'guichet/openapi'
import { z } from 'zod'

const sessions = session()
const notes: string[] = []

// Logins by cookie: writing calls of the documentation need its CSRF token.
export const app = guichet({ name: 'notes', authn: [sessions] })

app.post(
  '/login',
  { authorize: OPEN, params: { user: z.string(), password: z.string() } },
  async ({ user, password }, call) => {
    if (password !== 'derkins') throw refuse(401, 'wrong login or password', ['www-authenticate', 'Form realm="notes"'])
    await sessions.login(call, user)
    return noContent()
  },
)

app.post('/notes', { authorize: AUTH, params: { text: z.string() } }, ({ text }, { user }) => {
  notes.push(`${user}: ${text}`)
  return notes
})

app.mount('/', docs({ authorize: OPEN, shows: 'callable' }))
