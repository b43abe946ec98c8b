import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStatementShape } from './statement-shape.ts'

const ONE_ROW: readonly (readonly [text: string, isOneRow: boolean])[] = [
  ['SELECT count(*) FROM a WHERE b > 1', true],
  ['SELECT COALESCE(sum(a), 0) FROM b', true],
  ['SELECT max(a), min(a) FROM b', true],
  ['SELECT max(a), b FROM b', false],
  ['SELECT count(*) FROM a GROUP BY b', false],
  ['SELECT count(*) FROM a HAVING count(*) > 1', false],
  ['SELECT count(*) FROM a LIMIT $1', false],
  ['SELECT count(*) OVER () FROM a', false],
  ['SELECT (SELECT count(*) FROM a) FROM b', false],
  ['SELECT count(*) FROM a UNION SELECT 1', false],
  ['WITH x AS (SELECT 1) SELECT count(*) FROM x', false],
  ['SELECT EXISTS (SELECT 1 FROM a WHERE b = $1)', true],
  ['SELECT EXISTS (SELECT 1) WHERE $1', false],
  ['SELECT generate_series(1, 3)', false],
  ['SELECT unnest($1::int[])', false],
  ['INSERT INTO a (b) VALUES ($1) RETURNING c', true],
  ['INSERT INTO a (b) VALUES ($1), ($2) RETURNING c', false],
  ['INSERT INTO a (b) VALUES ($1) ON CONFLICT DO NOTHING RETURNING c', false],
  ['INSERT INTO a SELECT b FROM c RETURNING d', false],
  ['UPDATE a SET b = 1 RETURNING c', false],
  ['SELECT a FROM b WHERE c = $1', false],
]
for (const [text, isOneRow] of ONE_ROW) {
  test(`readStatementShape() ${isOneRow ? 'knows one row' : 'promises no row'} of ${text}`, () => {
    assert.equal(readStatementShape(text).isOneRow, isOneRow)
  })
}

const NEVER_NULL: readonly (readonly [text: string, neverNull: readonly boolean[] | null])[] = [
  ['SELECT count(*), a FROM b', [true, false]],
  ['SELECT count(*) FILTER (WHERE a)::int4 AS n FROM b', [true]],
  ['SELECT count(*) + NULL FROM b', [false]],
  ['SELECT count(*) IS NULL OR NULL FROM b', [false]],
  ['SELECT NOT EXISTS (SELECT 1) AS missing', [true]],
  ['SELECT EXISTS (SELECT 1) AND $1', [false]],
  ["SELECT COALESCE(a, 'x') AS a, COALESCE(a, b) FROM c", [true, false]],
  ['SELECT COALESCE(a, 0)::text FROM c', [true]],
  ["SELECT 1, 'a' AS b, TRUE, NULL, current_timestamp", [true, true, true, false, true]],
  ['SELECT 1 + a FROM b', [false]],
  ['SELECT a IS NULL, b.a IS NOT NULL AS c, a IS NULL OR b, a IS TRUE FROM b', [true, true, false, false]],
  ['SELECT a.*, count(*) FROM a', null],
  ['SELECT * FROM a', null],
  ['SELECT DISTINCT count(*) FROM a', null],
  ['SELECT 1 UNION SELECT NULL', null],
  ['INSERT INTO a VALUES (1) RETURNING 1 AS one, b', [true, false]],
]
for (const [text, neverNull] of NEVER_NULL) {
  test(`readStatementShape() tells which columns of ${text} are never null`, () => {
    assert.deepEqual(readStatementShape(text).neverNull, neverNull)
  })
}

const KEPT: readonly (readonly [text: string, keepsNotNull: readonly boolean[] | null])[] = [
  ['SELECT a.x, c.y AS z, c.y, d FROM a JOIN b USING (e) LEFT JOIN c USING (f)', [true, false, false, false]],
  ['SELECT t.x, public.t.x FROM public.a AS t LEFT OUTER JOIN c ON t.i = c.i', [true, false]],
  ['SELECT c.x FROM a JOIN b ON c LEFT JOIN d AS c ON true', [false]],
  ['SELECT a.x + a.y, a.x::text FROM a LEFT JOIN c USING (f)', [false, true]],
  ['SELECT a.x FROM a LEFT JOIN b USING (f) RIGHT JOIN c USING (f)', null],
  ['SELECT a.x FROM (SELECT x FROM c LEFT JOIN d USING (e)) AS a LEFT JOIN b USING (f)', null],
  ['SELECT a.x FROM a JOIN b USING (c)', null],
  ['SELECT left(a.x, 1) FROM a LEFT JOIN b USING (c)', null],
  ['SELECT * FROM a LEFT JOIN b USING (c)', null],
]
for (const [text, keepsNotNull] of KEPT) {
  test(`readStatementShape() tells which columns an outer join cannot leave out of ${text}`, () => {
    assert.deepEqual(readStatementShape(text).keepsNotNull, keepsNotNull)
  })
}

const LOSING = [
  'SELECT * FROM a LEFT JOIN b USING (c)',
  'SELECT * FROM a RIGHT OUTER JOIN b USING (c)',
  'SELECT * FROM a natural full join b',
  'SELECT * FROM (SELECT a.* FROM b LEFT JOIN a USING (c)) AS d',
  'SELECT a FROM b GROUP BY ROLLUP (a)',
  'SELECT a FROM b GROUP BY GROUPING SETS ((a), ())',
  'UPDATE a SET b = 1 RETURNING old.b',
]
for (const text of LOSING) {
  test(`readStatementShape() sees that NOT NULL says nothing in ${text}`, () => {
    assert.equal(readStatementShape(text).mayLoseNotNull, true)
  })
}

test('readStatementShape() is not led astray by words in strings, names and comments', () => {
  const { mayLoseNotNull } = readStatementShape(`SELECT 'left join', "full" FROM a -- right join`)
  assert.equal(mayLoseNotNull, false)
})
