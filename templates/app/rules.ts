import { desk } from 'guichet'
import { z } from 'zod'
import type { Sql } from './queries.sql.ts'

export const { group, permission, routes } = desk<{ sql: Sql }>()

/** The note `nid` belongs to the caller: true goes on, false is 403, null is 404. */
export const ownNote = permission('ownNote', { nid: z.int() }, (login, { nid }, { sql }) =>
  sql.ownsNote({ login, nid }),
)
