import { desk } from 'guichet'
import { z } from 'zod'
import type { Sql } from './queries.sql.ts'

export const { group, permission, routes } = desk<{ sql: Sql }>()

export const ADMIN = group('ADMIN', (login, { sql }) => sql.userIsAdmin({ login }))

/** The object `oid` belongs to the caller. */
export const owned = permission('owned', { oid: z.int() }, (login, { oid }, { sql }) =>
  sql.canAccessOwned({ login, oid }),
)

/** `uid` is the caller. */
export const self = permission('self', { uid: z.int() }, (login, { uid }, { sql }) => sql.isUser({ login, uid }))
