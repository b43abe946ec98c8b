-- name: account_password(login)$
SELECT pass FROM account WHERE login = :login;

-- name: add_account(login, pass)!
INSERT INTO account (login, pass) VALUES (:login, :pass);

-- name: owns_note(login, nid)$
-- True for the owner, false for another, null where there is no such note.
SELECT owner = :login FROM note WHERE nid = :nid;

-- name: get_notes(login)
SELECT nid, body FROM note WHERE owner = :login ORDER BY nid;

-- name: get_note(nid)^
SELECT nid, body FROM note WHERE nid = :nid;

-- name: add_note(login, body)$
INSERT INTO note (owner, body) VALUES (:login, :body) RETURNING nid;

-- name: set_note(nid, body)!
UPDATE note SET body = :body WHERE nid = :nid;

-- name: drop_note(nid)!
DELETE FROM note WHERE nid = :nid;
