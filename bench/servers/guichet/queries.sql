-- name: get_row(id)^
SELECT id, name, price, active, created FROM item WHERE id = :id;

-- name: get_rows()
SELECT id, name, price, active, created FROM item ORDER BY id LIMIT 1000;

-- name: add_row(name, price)$
INSERT INTO added (name, price) VALUES (:name, :price) RETURNING id;
