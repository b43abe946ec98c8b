CREATE TABLE greeting (
  name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
  token TEXT NOT NULL CHECK (length(token) BETWEEN 1 AND 2000)
);
