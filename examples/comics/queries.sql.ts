// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  getStuffAll(): Promise<{ sid: number; stuff: string }[]>
  getStuffLike(args: { filter: string | null }): Promise<{ sid: number; stuff: string }[]>
  getStuffSid(args: { sid: number | null }): Promise<{ sid: number; stuff: string } | null>
  addStuff(args: { stuff: string | null }): Promise<number>
  setStuff(args: { sid: number | null; stuff: string | null }): Promise<number>
  dropStuff(args: { sid: number | null }): Promise<number>
  userPassword(args: { login: string | null }): Promise<string | null>
  userSetPassword(args: { login: string | null; pass: string | null }): Promise<number>
  userIsAdmin(args: { login: string | null }): Promise<boolean>
  addUser(args: { login: string | null; pass: string | null; isAdmin: boolean | null }): Promise<number>
  getUsers(): Promise<{ uid: number; login: string; isAdmin: boolean }[]>
  /** True for the user's own number, false for that of another, null for nobody's. */
  isUser(args: { login: string | null; uid: number | null }): Promise<boolean | null>
  /** True for the owner of the object, false for another, null where there is no such object. */
  canAccessOwned(args: { login: string | null; oid: number | null }): Promise<boolean | null>
  getOwnedAll(): Promise<{ oid: number; object: string; owner: number }[]>
  getOwnedUid(args: { uid: number | null }): Promise<{ oid: number; object: string; owner: number }[]>
  getObjectOid(args: { oid: number | null }): Promise<{ oid: number; object: string } | null>
  getOwners(): Promise<{ oid: number; oname: string; omail: string }[]>
  getOwner(args: { oid: number | null }): Promise<{ oid: number; oname: string; omail: string } | null>
  addOwner(args: { oname: string | null; omail: string | null }): Promise<number>
  /** An absent (null) value leaves its column as it is. */
  setOwner(args: { oid: number | null; oname: string | null; omail: string | null }): Promise<number>
  dropOwner(args: { oid: number | null }): Promise<number>
  getThingsOfOwner(args: { oid: number | null }): Promise<{ tid: number; tname: string; oid: number; tprice: string }[]>
  getThings(): Promise<{ tid: number; tname: string; oid: number; tprice: string }[]>
  getThing(args: { tid: number | null }): Promise<{ tid: number; tname: string; oid: number; tprice: string } | null>
  addThing(args: { tname: string | null; oid: number | null; tprice: string | number | bigint | null }): Promise<number>
  /** An absent (null) value leaves its column as it is. */
  setThing(args: { tid: number | null; tname: string | null; oid: number | null; tprice: string | number | bigint | null }): Promise<number>
  dropThing(args: { tid: number | null }): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
