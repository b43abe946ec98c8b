-- name: password_of(username)$
SELECT pass FROM account WHERE username = :username;

-- name: set_password(username, pass)!
UPDATE account SET pass = :pass WHERE username = :username;

-- name: has_account(username)$
SELECT EXISTS (SELECT 1 FROM account WHERE username = :username);

-- name: add_account(username, pass)!
INSERT INTO account (username, pass) VALUES (:username, :pass);

-- name: is_author(username, id)$
-- True for the author of the recipe, false for another, null where there is no such recipe.
SELECT author = :username FROM recipe WHERE id = :id;

-- name: add_recipe(title, ingredients, time_minutes, author)$
INSERT INTO recipe (title, ingredients, time_minutes, author)
VALUES (:title, :ingredients, :time_minutes, :author)
RETURNING id;

-- name: get_recipes(ingredient, max_time, after, size)
-- The next page after the recipe `after`; a null ingredient or time stands for any.
SELECT id, title, ingredients, time_minutes, author
  FROM recipe
 WHERE (:ingredient::text IS NULL OR position(lower(:ingredient::text) IN lower(ingredients)) > 0)
   AND (:max_time::integer IS NULL OR time_minutes <= :max_time::integer)
   AND id > :after
 ORDER BY id
 LIMIT :size;

-- name: get_recipe(id)^
SELECT id, title, ingredients, time_minutes, author FROM recipe WHERE id = :id;

-- name: set_recipe(id, title, ingredients, time_minutes)!
UPDATE recipe SET title = :title, ingredients = :ingredients, time_minutes = :time_minutes WHERE id = :id;

-- name: drop_recipe(id)!
DELETE FROM recipe WHERE id = :id;
