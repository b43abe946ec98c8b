import { type Queries, sqlFile } from 'guichet/sql'

export interface Sql {
  getRow(args: { id: number }): Promise<{ id: number; name: string; price: string; active: boolean; created: Date } | null>
  getRows(): Promise<{ id: number; name: string; price: string; active: boolean; created: Date }[]>
  addRow(args: { name: string; price: number }): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
