-- The statements of the comics back-end. One name, one statement; the sign after the name says what comes back:
-- nothing: all rows, ^: one row or null, $: one value or null, !: the number of changed rows.

-- name: get_stuff_all()
SELECT sid, stuff FROM stuff ORDER BY sid;

-- name: get_stuff_like(filter)
SELECT sid, stuff FROM stuff WHERE stuff LIKE :filter ORDER BY sid;

-- name: get_stuff_sid(sid)^
SELECT sid, stuff FROM stuff WHERE sid = :sid;

-- name: add_stuff(stuff)$
INSERT INTO stuff (stuff) VALUES (:stuff) RETURNING sid;

-- name: set_stuff(sid, stuff)!
UPDATE stuff SET stuff = :stuff WHERE sid = :sid;

-- name: drop_stuff(sid)!
DELETE FROM stuff WHERE sid = :sid;

-- name: user_password(login)$
SELECT pass FROM utilisateur WHERE login = :login;

-- name: user_set_password(login, pass)!
UPDATE utilisateur SET pass = :pass WHERE login = :login;

-- name: user_is_admin(login)$
SELECT COALESCE(bool_or(is_admin), FALSE) FROM utilisateur WHERE login = :login;

-- name: add_user(login, pass, isAdmin)$
INSERT INTO utilisateur (login, pass, is_admin) VALUES (:login, :pass, :isAdmin) RETURNING uid;

-- name: get_users()
SELECT uid, login, is_admin AS "isAdmin" FROM utilisateur ORDER BY uid;

-- name: is_user(login, uid)$
-- True for the user's own number, false for that of another, null for nobody's.
SELECT login = :login FROM utilisateur WHERE uid = :uid;

-- name: can_access_owned(login, oid)$
-- True for the owner of the object, false for another, null where there is no such object.
SELECT u.login = :login FROM owned AS o JOIN utilisateur AS u ON u.uid = o.owner WHERE o.oid = :oid;

-- name: get_owned_all()
SELECT oid, object, owner FROM owned ORDER BY oid;

-- name: get_owned_uid(uid)
SELECT oid, object, owner FROM owned WHERE owner = :uid ORDER BY oid;

-- name: get_object_oid(oid)^
SELECT oid, object FROM owned WHERE oid = :oid;

-- name: get_owners()
SELECT oid, oname, omail FROM owners ORDER BY oid;

-- name: get_owner(oid)^
SELECT oid, oname, omail FROM owners WHERE oid = :oid;

-- name: add_owner(oname, omail)$
INSERT INTO owners (oname, omail) VALUES (:oname, :omail) RETURNING oid;

-- name: set_owner(oid, oname, omail)!
-- An absent (null) value leaves its column as it is.
UPDATE owners SET oname = COALESCE(:oname, oname), omail = COALESCE(:omail, omail) WHERE oid = :oid;

-- name: drop_owner(oid)!
DELETE FROM owners WHERE oid = :oid;

-- name: get_things_of_owner(oid)
SELECT tid, tname, oid, tprice FROM things WHERE oid = :oid ORDER BY tid;

-- name: get_things()
SELECT tid, tname, oid, tprice FROM things ORDER BY tid;

-- name: get_thing(tid)^
SELECT tid, tname, oid, tprice FROM things WHERE tid = :tid;

-- name: add_thing(tname, oid, tprice)$
INSERT INTO things (tname, oid, tprice) VALUES (:tname, :oid, :tprice) RETURNING tid;

-- name: set_thing(tid, tname, oid, tprice)!
-- An absent (null) value leaves its column as it is.
UPDATE things
   SET tname = COALESCE(:tname, tname), oid = COALESCE(:oid, oid), tprice = COALESCE(:tprice, tprice)
 WHERE tid = :tid;

-- name: drop_thing(tid)!
DELETE FROM things WHERE tid = :tid;
