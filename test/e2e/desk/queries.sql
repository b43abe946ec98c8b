-- name: is_member(login)$
SELECT EXISTS (SELECT 1 FROM member WHERE login = :login);

-- name: owns_note(login, id)$
SELECT owner = :login FROM note WHERE id = :id;

-- name: get_notes()
SELECT id, owner, body FROM note ORDER BY id;

-- name: add_note(owner, body)$
INSERT INTO note (owner, body) VALUES (:owner, :body) RETURNING id;

-- name: drop_member(login)!
DELETE FROM member WHERE login = :login;

-- name: add_member(login)!
INSERT INTO member (login) VALUES (:login);

-- name: give_note(id, owner)!
UPDATE note SET owner = :owner WHERE id = :id;

-- name: fail_serialization()#
DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$;

-- name: as_number(text)$
SELECT CAST(:text::text AS integer);
