CREATE TABLE account (
  username TEXT PRIMARY KEY,
  pass     TEXT NOT NULL
);

CREATE TABLE room (
  id         TEXT PRIMARY KEY,
  title      TEXT NOT NULL,
  is_private BOOLEAN NOT NULL,
  owner      TEXT NOT NULL REFERENCES account (username)
);

CREATE TABLE member (
  room     TEXT NOT NULL REFERENCES room (id) ON DELETE CASCADE,
  username TEXT NOT NULL REFERENCES account (username),
  PRIMARY KEY (room, username)
);
