import { anyOf, AUTH, desk, guichet, OPEN } from 'guichet'
import { docs } from 'guichet/openapi'
import type { Queries } from 'guichet/sql'
import { z } from 'zod'

interface Sql {
  isAdmin(args: { login: string }): Promise<boolean>
}

declare const queries: Queries<Sql>

const { group, permission } = desk<{ sql: Sql }>()
const ADMIN = group('ADMIN', (login, { sql }) => sql.isAdmin({ login }))
const owned = permission('owned', { id: z.int() }, () => true)

const app = guichet({ name: 'typed', database: { queries } })
app.mount('/', docs({ authorize: OPEN }))
app.mount('/', docs({ authorize: ADMIN, shows: 'callable', title: 'Typed' }))
app.mount('/', docs({ authorize: anyOf(AUTH, ADMIN) }))

// @ts-expect-error documentation has a rule like any route
app.mount('/', docs({}))
// @ts-expect-error it has no parameter that the permission could ask about
app.mount('/', docs({ authorize: owned() }))
// @ts-expect-error an app without these statements cannot ask the group
guichet({ name: 'other' }).mount('/', docs({ authorize: ADMIN }))

app.get('/old', { authorize: OPEN, deprecated: true, refuses: [409, 'DIAL_FAILED'] }, () => null)
// @ts-expect-error there is no such refusal
app.get('/old', { authorize: OPEN, refuses: ['NO_SUCH_CODE'] }, () => null)
