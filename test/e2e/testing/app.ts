import { AUTH, guichet, OPEN } from 'guichet'
import { custom, token } from 'guichet/authn'
import { reply } from 'guichet'

export const LIFETIME_MS = 60_000

export const app = guichet({
  name: 'tested',
  authn: [token({ lifetimeMs: LIFETIME_MS }), custom('who', (call) => call.header('x-who') ?? null)],
})

app.get('/now', { authorize: OPEN }, (_, { now, id }) => ({ now: now(), id }))
app.get('/token', { authorize: AUTH }, (_, call) => call.createToken(call.user))
app.get('/me', { authorize: AUTH }, (_, { user }) => user)

app.get('/visit', { authorize: OPEN }, (_, call) => {
  const count = Number(call.cookie('visits') ?? 0) + 1
  call.addHeader('set-cookie', `visits=${count}; HttpOnly; SameSite=Lax`)
  return count
})
app.get('/area/enter', { authorize: OPEN }, (_, call) => {
  call.addHeader('set-cookie', 'area=yes')
  return call.cookie('area') ?? null
})
app.get('/leave', { authorize: OPEN }, () => reply('bye', { headers: { 'set-cookie': 'visits=; Max-Age=0' } }))

let release: () => void = () => undefined
export const letGo = (): void => release()
app.get('/stuck', { authorize: OPEN }, () => new Promise<string>((done) => (release = () => done('at last'))))
