import { AUTH, changed, created, found } from 'guichet'
import { z } from 'zod'
import { author, routes } from './rules.ts'

const id = z.int()

const recipe = {
  title: z.string().min(1).max(200),
  ingredients: z.string().min(1).max(2000),
  time_minutes: z.int().min(0).max(10_000),
}

const page = {
  ingredient: z.string().min(1).optional(),
  max_time: z.int().min(0).optional(),
  /** The last recipe of the page before. */
  after: id.default(0),
  size: z.int().min(1).max(100).default(20),
}

/** Recipes: read by all users, changed by their author only. */
export const recipes = routes((r) => {
  r.get(
    '/',
    { authorize: AUTH, params: page, summary: 'Recipes with an ingredient, within a time, page by page' },
    ({ ingredient = null, max_time = null, after, size }, { sql }) =>
      sql.getRecipes({ ingredient, max_time, after, size }),
  )

  r.post('/', { authorize: AUTH, params: recipe, summary: 'Add a recipe' }, async (args, { sql, user }) => {
    const recipeId = await sql.addRecipe({ ...args, author: user })
    return created({ id: recipeId }, `/recipes/${recipeId}`)
  })

  r.get('/:id', { authorize: AUTH, params: { id }, summary: 'One recipe' }, async (args, { sql }) =>
    found(await sql.getRecipe(args)),
  )

  r.put('/:id', { authorize: author(), params: { id, ...recipe }, summary: 'Change a recipe' }, async (args, { sql }) =>
    changed(await sql.setRecipe(args)),
  )

  r.delete('/:id', { authorize: author(), params: { id }, summary: 'Remove a recipe' }, async (args, { sql }) =>
    changed(await sql.dropRecipe(args)),
  )
})
