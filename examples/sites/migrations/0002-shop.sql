CREATE TABLE product (
  pid INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  cents INTEGER NOT NULL CHECK (cents > 0)
);

CREATE TABLE product_text (
  pid INTEGER NOT NULL REFERENCES product,
  lang TEXT NOT NULL CHECK (lang IN ('en', 'fr', 'pt')),
  name TEXT NOT NULL,
  about TEXT NOT NULL,
  PRIMARY KEY (pid, lang)
);

-- A basket belongs to a browser: its id is in a cookie that the shop cannot do without.
CREATE TABLE basket (
  bid TEXT PRIMARY KEY,
  created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE basket_line (
  bid TEXT NOT NULL REFERENCES basket ON DELETE CASCADE,
  pid INTEGER NOT NULL REFERENCES product,
  count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 99),
  PRIMARY KEY (bid, pid)
);

CREATE TABLE review (
  rid INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pid INTEGER NOT NULL REFERENCES product,
  author TEXT NOT NULL,
  stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
  words TEXT NOT NULL,
  picture BYTEA,
  picture_type TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CHECK ((picture IS NULL) = (picture_type IS NULL))
);

-- The proof of each choice about cookies: kept as long as the choice counts.
CREATE TABLE consent (
  id UUID PRIMARY KEY,
  decided_at TIMESTAMPTZ NOT NULL,
  version TEXT NOT NULL,
  shown TEXT NOT NULL,
  accepted TEXT[] NOT NULL,
  refused TEXT[] NOT NULL,
  language TEXT NOT NULL,
  how TEXT NOT NULL,
  is_under_gpc BOOLEAN NOT NULL
);

INSERT INTO product (pid, slug, cents) VALUES
  (1, 'lemon', 320), (2, 'fig', 450), (3, 'pear', 280), (4, 'plum', 390), (5, 'cherry', 640), (6, 'olive', 510);

INSERT INTO product_text (pid, lang, name, about) VALUES
  (1, 'en', 'Lemons', 'A kilo, picked with their leaves. Sharp enough to wake a Monday.'),
  (1, 'fr', 'Citrons', 'Un kilo, cueillis avec leurs feuilles. Assez vifs pour réveiller un lundi.'),
  (1, 'pt', 'Limões', 'Um quilo, colhidos com as folhas. Ácidos o bastante para acordar uma segunda-feira.'),
  (2, 'en', 'Figs', 'Twelve, ripe today. Eat them before you reach home.'),
  (2, 'fr', 'Figues', 'Douze, mûres aujourd’hui. À manger avant d’arriver chez vous.'),
  (2, 'pt', 'Figos', 'Doze, maduros hoje. Coma-os antes de chegar a casa.'),
  (3, 'en', 'Pears', 'A kilo of late pears that keep until spring.'),
  (3, 'fr', 'Poires', 'Un kilo de poires tardives, qui se gardent jusqu’au printemps.'),
  (3, 'pt', 'Peras', 'Um quilo de peras tardias, que duram até à primavera.'),
  (4, 'en', 'Plums', 'A kilo, for a tart or for the road.'),
  (4, 'fr', 'Prunes', 'Un kilo, pour une tarte ou pour la route.'),
  (4, 'pt', 'Ameixas', 'Um quilo, para uma tarte ou para o caminho.'),
  (5, 'en', 'Cherries', 'A kilo, with stalks. The stones are free.'),
  (5, 'fr', 'Cerises', 'Un kilo, avec les queues. Les noyaux sont offerts.'),
  (5, 'pt', 'Cerejas', 'Um quilo, com pés. Os caroços são oferta.'),
  (6, 'en', 'Olives', 'A jar, cured in salt and thyme by my aunt.'),
  (6, 'fr', 'Olives', 'Un bocal, au sel et au thym, par ma tante.'),
  (6, 'pt', 'Azeitonas', 'Um frasco, curadas em sal e tomilho pela minha tia.');
