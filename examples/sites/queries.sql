-- The statements of the three sites.

-- Greeter.

-- name: add_greeting(name, token)!
INSERT INTO greeting (name, token) VALUES (:name, :token);

-- name: add_greeting_if_free(name, token)!
INSERT INTO greeting (name, token) VALUES (:name, :token) ON CONFLICT DO NOTHING;

-- name: get_greeting_token(name)$
SELECT token FROM greeting WHERE name = :name;

-- name: count_greetings()$
SELECT count(*)::INTEGER FROM greeting;

-- Shop.

-- name: get_products(lang)
SELECT pid, slug, cents, name, about FROM product JOIN product_text USING (pid) WHERE lang = :lang ORDER BY pid;

-- name: get_product(slug, lang)^
SELECT pid, slug, cents, name, about FROM product JOIN product_text USING (pid) WHERE slug = :slug AND lang = :lang;

-- name: get_basket(bid, lang)
SELECT pid, slug, name, cents, count, cents * count AS total
FROM basket_line
  JOIN product USING (pid)
  JOIN product_text USING (pid)
WHERE bid = :bid AND lang = :lang
ORDER BY pid;

-- name: count_basket(bid)$
SELECT coalesce(sum(count), 0)::INTEGER FROM basket_line WHERE bid = :bid;

-- name: has_basket(bid)$
SELECT TRUE FROM basket WHERE bid = :bid;

-- name: add_basket(bid)!
INSERT INTO basket (bid) VALUES (:bid);

-- name: add_to_basket(bid, pid, count)!
INSERT INTO basket_line (bid, pid, count) VALUES (:bid, :pid, :count)
ON CONFLICT (bid, pid) DO UPDATE SET count = least(basket_line.count + excluded.count, 99);

-- name: drop_from_basket(bid, pid)!
DELETE FROM basket_line WHERE bid = :bid AND pid = :pid;

-- name: get_reviews(pid)
SELECT rid, author, stars, words, picture_type IS NOT NULL AS has_picture, created_at
FROM review
WHERE pid = :pid
ORDER BY rid DESC
LIMIT 50;

-- name: add_review(pid, author, stars, words, picture, picture_type)!
INSERT INTO review (pid, author, stars, words, picture, picture_type)
VALUES (:pid, :author, :stars, :words, :picture, :picture_type);

-- name: get_picture(rid)^
SELECT picture, picture_type FROM review WHERE rid = :rid AND picture IS NOT NULL;

-- name: add_consent(id, decided_at, version, shown, accepted, refused, language, how, is_under_gpc)!
INSERT INTO consent (id, decided_at, version, shown, accepted, refused, language, how, is_under_gpc)
VALUES (:id, :decided_at, :version, :shown, :accepted, :refused, :language, :how, :is_under_gpc);

-- name: get_consents()
SELECT id, version, accepted, refused, how FROM consent ORDER BY decided_at;
