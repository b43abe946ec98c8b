-- name: password_of(username)$
SELECT pass FROM account WHERE username = :username;

-- name: set_password(username, pass)!
UPDATE account SET pass = :pass WHERE username = :username;

-- name: has_account(username)$
SELECT EXISTS (SELECT 1 FROM account WHERE username = :username);

-- name: add_account(username, pass)!
INSERT INTO account (username, pass) VALUES (:username, :pass);

-- name: is_member(username, room)$
-- True for a member; false for others of a public room; null where there is no such room, or it is private.
-- Both tables are looked at whether there is such a room or not: the time must not tell.
SELECT CASE
         WHEN EXISTS (SELECT 1 FROM member WHERE member.room = :room AND member.username = :username) THEN TRUE
         WHEN (SELECT NOT is_private FROM room WHERE id = :room) THEN FALSE
       END;

-- name: owns_room(username, room)$
-- True for the owner; false for others who may know the room; null where there is no such room for them.
SELECT CASE
         WHEN (SELECT owner = :username FROM room WHERE id = :room) THEN TRUE
         WHEN EXISTS (SELECT 1 FROM member WHERE member.room = :room AND member.username = :username) THEN FALSE
         WHEN (SELECT NOT is_private FROM room WHERE id = :room) THEN FALSE
       END;

-- name: is_public(room)$
SELECT NOT is_private FROM room WHERE id = :room;

-- name: get_rooms(username)
-- All public rooms, and the private ones of this user.
SELECT id, title, is_private, owner,
       EXISTS (SELECT 1 FROM member WHERE member.room = room.id AND member.username = :username) AS is_member
  FROM room
 WHERE NOT is_private OR EXISTS (SELECT 1 FROM member WHERE member.room = room.id AND member.username = :username)
 ORDER BY title, id;

-- name: add_room(id, title, is_private, owner)!
INSERT INTO room (id, title, is_private, owner) VALUES (:id, :title, :is_private, :owner);

-- name: get_members(room)
SELECT username FROM member WHERE room = :room ORDER BY username;

-- name: add_member(room, username)!
INSERT INTO member (room, username) VALUES (:room, :username) ON CONFLICT DO NOTHING;

-- name: drop_member(room, username)!
DELETE FROM member WHERE room = :room AND username = :username;
