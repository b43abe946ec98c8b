// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  countItems(args: { name: string | null }): Promise<number>
  addItem(args: { name: string | null; place: number | null }): Promise<number>
  places(args: { name: string | null }): Promise<{ place: number }[]>
  numbers(args: { count: number | null }): AsyncIterable<{ n: number | null; text: string | null }>
  addSlowly(args: { name: string | null }): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
