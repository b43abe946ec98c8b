// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  passwordOf(args: { username: string | null }): Promise<string | null>
  setPassword(args: { username: string | null; pass: string | null }): Promise<number>
  hasAccount(args: { username: string | null }): Promise<boolean>
  addAccount(args: { username: string | null; pass: string | null }): Promise<number>
  /**
   * True for a member; false for others of a public room; null where there is no such room, or it is private.
   * Both tables are looked at whether there is such a room or not: the time must not tell.
   */
  isMember(args: { username: string | null; room: string | null }): Promise<boolean | null>
  /** True for the owner; false for others who may know the room; null where there is no such room for them. */
  ownsRoom(args: { username: string | null; room: string | null }): Promise<boolean | null>
  isPublic(args: { room: string | null }): Promise<boolean | null>
  /** All public rooms, and the private ones of this user. */
  getRooms(args: { username: string | null }): Promise<{ id: string; title: string; is_private: boolean; owner: string; is_member: boolean }[]>
  addRoom(args: { id: string | null; title: string | null; is_private: boolean | null; owner: string | null }): Promise<number>
  getMembers(args: { room: string | null }): Promise<{ username: string }[]>
  addMember(args: { room: string | null; username: string | null }): Promise<number>
  dropMember(args: { room: string | null; username: string | null }): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
