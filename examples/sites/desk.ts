import { desk } from 'guichet'
import type { Sql } from './queries.sql.ts'

export const { routes } = desk<{ sql: Sql }>()
