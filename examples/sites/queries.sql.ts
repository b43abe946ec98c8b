// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  addGreeting(args: { name: string | null; token: string | null }): Promise<number>
  addGreetingIfFree(args: { name: string | null; token: string | null }): Promise<number>
  getGreetingToken(args: { name: string | null }): Promise<string | null>
  countGreetings(): Promise<number>
  getProducts(args: { lang: string | null }): Promise<{ pid: number; slug: string; cents: number; name: string; about: string }[]>
  getProduct(args: { slug: string | null; lang: string | null }): Promise<{ pid: number; slug: string; cents: number; name: string; about: string } | null>
  getBasket(args: { bid: string | null; lang: string | null }): Promise<{ pid: number; slug: string; name: string; cents: number; count: number; total: number | null }[]>
  countBasket(args: { bid: string | null }): Promise<number>
  hasBasket(args: { bid: string | null }): Promise<boolean | null>
  addBasket(args: { bid: string | null }): Promise<number>
  addToBasket(args: { bid: string | null; pid: number | null; count: number | null }): Promise<number>
  dropFromBasket(args: { bid: string | null; pid: number | null }): Promise<number>
  getReviews(args: { pid: number | null }): Promise<{ rid: number; author: string; stars: number; words: string; has_picture: boolean; created_at: Date }[]>
  addReview(args: { pid: number | null; author: string | null; stars: number | null; words: string | null; picture: Uint8Array | null; picture_type: string | null }): Promise<number>
  getPicture(args: { rid: number | null }): Promise<{ picture: Uint8Array | null; picture_type: string | null } | null>
  addConsent(args: { id: string | null; decided_at: Date | string | null; version: string | null; shown: string | null; accepted: readonly (string | null)[] | null; refused: readonly (string | null)[] | null; language: string | null; how: string | null; is_under_gpc: boolean | null }): Promise<number>
  getConsents(): Promise<{ id: string; version: string; accepted: (string | null)[]; refused: (string | null)[]; how: string }[]>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
