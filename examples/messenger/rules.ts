import { desk } from 'guichet'
import { z } from 'zod'
import type { Config } from './config.ts'
import type { Sql } from './queries.sql.ts'

export const { permission, routes } = desk<{ sql: Sql; config: Config }>()

/** The caller is a member of the room. Others get 403, and 404 for a private room: they cannot know that it exists. */
export const member = permission('member', { room: z.string() }, (username, { room }, { sql }) =>
  sql.isMember({ username, room }),
)

/** The caller made the room. */
export const owner = permission('owner', { room: z.string() }, (username, { room }, { sql }) =>
  sql.ownsRoom({ username, room }),
)
