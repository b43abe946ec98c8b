// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  accountPassword(args: { login: string | null }): Promise<string | null>
  addAccount(args: { login: string | null; pass: string | null }): Promise<number>
  /** True for the owner, false for another, null where there is no such note. */
  ownsNote(args: { login: string | null; nid: number | null }): Promise<boolean | null>
  getNotes(args: { login: string | null }): Promise<{ nid: number; body: string }[]>
  getNote(args: { nid: number | null }): Promise<{ nid: number; body: string } | null>
  addNote(args: { login: string | null; body: string | null }): Promise<number>
  setNote(args: { nid: number | null; body: string | null }): Promise<number>
  dropNote(args: { nid: number | null }): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
