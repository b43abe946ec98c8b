import { desk } from 'guichet'
import { z } from 'zod'
import type { Config } from './config.ts'
import type { Sql } from './queries.sql.ts'

export const { permission, routes } = desk<{ sql: Sql; config: Config }>()

/** The caller wrote the recipe `id`. */
export const author = permission('author', { id: z.int() }, (username, { id }, { sql }) =>
  sql.isAuthor({ username, id }),
)
