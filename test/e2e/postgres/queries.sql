-- name: count_items(name)$
SELECT count(*)::integer FROM item WHERE name = :name;

-- name: add_item(name, place)!
INSERT INTO item (name, place) VALUES (:name, :place);

-- name: places(name)
SELECT place FROM item WHERE name = :name ORDER BY place;

-- name: numbers(count)
-- rows: stream
SELECT n, 'row ' || n AS text FROM generate_series(1, :count::integer) AS n;

-- name: add_slowly(name)!
WITH waited AS MATERIALIZED (SELECT pg_sleep(600)) INSERT INTO item (name, place) SELECT :name, 0 FROM waited;
