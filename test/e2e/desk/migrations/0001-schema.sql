CREATE TABLE note (id INTEGER PRIMARY KEY GENERATED ALWAYS AS IDENTITY, owner TEXT NOT NULL, body TEXT NOT NULL UNIQUE);
CREATE TABLE member (login TEXT PRIMARY KEY);
INSERT INTO note (owner, body) VALUES ('ana', 'first'), ('rui', 'second');
INSERT INTO member (login) VALUES ('ana');
