/** Type tests: compile means pass. The functions given to schemes see the app's own statements. */
import { basic, custom, param, password, token } from '../../src/authn.ts'
import { guichet } from '../../src/app/guichet.ts'
import type { Queries } from '../../src/sql/queries.ts'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(value: T): T => value

interface Sql {
  userPassword(args: { readonly login: string }): Promise<string | null>
}
declare const queries: Queries<Sql>

guichet({
  name: 'stuff',
  authn: [
    token({ isActive: async (login, { sql }) => (await sql.userPassword({ login })) !== null }),
    basic({ password: (login, { sql }) => sql.userPassword({ login }) }),
    param({ password: (login, { sql }) => sql.userPassword({ login }) }),
    custom('key', (_call, { sql }) => sql.userPassword({ login: 'calvin' })),
  ],
  database: { queries },
})

guichet({
  name: 'stuff',
  authn: [token(), ...password<Sql>({ password: (login, { sql }) => sql.userPassword({ login }) })],
  database: { queries },
})

guichet({ name: 'nothing', authn: [token()] })

guichet({
  name: 'stuff',
  authn: [
    basic({
      password: (login, { sql }) => {
        holds<Equals<typeof sql, Sql>>(true)
        return sql.userPassword({ login })
      },
    }),
  ],
  database: { queries },
})

const other = basic<{ other(): Promise<string | null> }>({ password: (_login, { sql }) => sql.other() })
// @ts-expect-error the scheme needs statements that the app does not have
guichet({ name: 'stuff', authn: [other], database: { queries } })
