// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  isMember(args: { login: string | null }): Promise<boolean>
  ownsNote(args: { login: string | null; id: number | null }): Promise<boolean | null>
  getNotes(): Promise<{ id: number; owner: string; body: string }[]>
  addNote(args: { owner: string | null; body: string | null }): Promise<number>
  dropMember(args: { login: string | null }): Promise<number>
  addMember(args: { login: string | null }): Promise<number>
  giveNote(args: { id: number | null; owner: string | null }): Promise<number>
  failSerialization(): Promise<void>
  asNumber(args: { text: string | null }): Promise<number | null>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
