INSERT INTO stuff (stuff) VALUES ('Chair'), ('Desk');

-- The passwords are hobbes, susie and derkins: guichet hash makes such a text.
INSERT INTO utilisateur (login, pass, is_admin) VALUES
  ('calvin', '$argon2id$v=19$m=19456,t=2,p=1$PkrvKw0HthEZkiGWe4vgQw$BchNKh6iF0VO7UE4PV+P/4ZzOJOD4Ej3YCa8ZwTtmlg', TRUE),
  ('hobbes', '$argon2id$v=19$m=19456,t=2,p=1$W8CSb2u4hGTrYTU/EZXIzQ$ZsBNWz/U3xjeJbUAUJeKxL3L96wh8IplZ2O5KOjeMYo', FALSE),
  ('susie', '$argon2id$v=19$m=19456,t=2,p=1$/83K5S4a9mbE6T/GaZ+h2A$SOOJX+/EqpaKaKxdKioJAIkpqjB2fxwy68GcAjSryew', FALSE);

INSERT INTO owned (object, owner)
SELECT o.object, u.uid
  FROM (VALUES ('Box', 'calvin'), ('Box', 'hobbes'), ('Box', 'susie'), ('Tiger', 'calvin'), ('Sled', 'calvin'))
    AS o (object, login)
  JOIN utilisateur AS u USING (login)
 ORDER BY array_position(ARRAY['Box', 'Tiger', 'Sled'], o.object), u.uid;
