import { AUTH, defaultLimits, guichet, OPEN } from 'guichet'
import { basic, createPasswords } from 'guichet/authn'

/** The app that `measure-logins.ts` asks: one account, no lockout, which would end the measurement. */
const hash = await createPasswords({ limits: defaultLimits }).hash('seven owls drink lemonade')
if (typeof hash !== 'string') throw new Error('Cannot hash the password of the only account')

const password = basic({ password: (login) => (login === 'ana' ? hash : null), lockout: false })
export const app = guichet({ name: 'logins', authn: [password] })

app.get('/open', { authorize: OPEN }, () => true)
app.get('/me', { authorize: AUTH }, (_, { user }) => user)
