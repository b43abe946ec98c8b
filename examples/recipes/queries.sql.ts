// Written by `guichet sql` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  passwordOf(args: { username: string | null }): Promise<string | null>
  setPassword(args: { username: string | null; pass: string | null }): Promise<number>
  hasAccount(args: { username: string | null }): Promise<boolean>
  addAccount(args: { username: string | null; pass: string | null }): Promise<number>
  /** True for the author of the recipe, false for another, null where there is no such recipe. */
  isAuthor(args: { username: string | null; id: number | null }): Promise<boolean | null>
  addRecipe(args: { title: string | null; ingredients: string | null; time_minutes: number | null; author: string | null }): Promise<number>
  /** The next page after the recipe `after`; a null ingredient or time stands for any. */
  getRecipes(args: { ingredient: string | null; max_time: number | null; after: number | null; size: number | bigint | null }): Promise<{ id: number; title: string; ingredients: string; time_minutes: number; author: string }[]>
  getRecipe(args: { id: number | null }): Promise<{ id: number; title: string; ingredients: string; time_minutes: number; author: string } | null>
  setRecipe(args: { id: number | null; title: string | null; ingredients: string | null; time_minutes: number | null }): Promise<number>
  dropRecipe(args: { id: number | null }): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
