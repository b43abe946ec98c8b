CREATE TABLE account (
  username TEXT PRIMARY KEY,
  pass     TEXT NOT NULL
);

CREATE TABLE recipe (
  id           INTEGER PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  title        TEXT NOT NULL,
  ingredients  TEXT NOT NULL,
  time_minutes INTEGER NOT NULL CHECK (time_minutes >= 0),
  author       TEXT NOT NULL REFERENCES account (username)
);
