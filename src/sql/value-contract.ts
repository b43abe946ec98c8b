import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defaultLimits } from '../core/limits.ts'
import { createDatabase } from './database.ts'
import type { Int8Mode } from './codecs.ts'
import type { Driver } from './driver.ts'
import type { DriverFixture } from './driver-contract.ts'
import { RowsPromise } from './rows-promise.ts'
import { parseSqlFile } from './sql-file.ts'

/** A type, a value, the text that the server then has, and what is read back where it is not the value itself. */
type Vector = readonly [type: string, value: unknown, text: string, read?: unknown]

const at = (iso: string): Date => new Date(iso)
const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index)
const HEX = Buffer.from(BYTES).toString('hex')

const NUMBERS: readonly Vector[] = [
  ['int2', -32768, '-32768'],
  ['int4', 2147483647, '2147483647'],
  ['int8', Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ['int8', Number.MIN_SAFE_INTEGER, '-9007199254740991'],
  ['int8', 12n, '12', 12],
  ['oid', 4294967295, '4294967295'],
  ['numeric', '12345678901234567890.1234567890', '12345678901234567890.1234567890'],
  ['numeric', 0.1, '0.1', '0.1'],
  ['numeric', 10n ** 30n, '1000000000000000000000000000000', '1000000000000000000000000000000'],
  ['numeric', 'NaN', 'NaN'],
  ['numeric(10,2)', '7.5', '7.50', '7.50'],
  ['float8', 0.1, '0.1'],
  ['float8', 5e-324, '5e-324'],
  ['float8', 1.7976931348623157e308, '1.7976931348623157e+308'],
  ['float8', Number.NaN, 'NaN'],
  ['float8', Number.POSITIVE_INFINITY, 'Infinity'],
  ['float8', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['float4', 1.5, '1.5'],
  ['bool', true, 'true'],
  ['bool', false, 'false'],
]

const TEXTS: readonly Vector[] = [
  ['text', '', ''],
  ['text', `é \u{1f600} ' " \\ \n \t $1 :a`, `é \u{1f600} ' " \\ \n \t $1 :a`],
  ['varchar(3)', 'abc', 'abc'],
  ['char(4)', 'ab', 'ab', 'ab  '],
  ['name', 'stuff', 'stuff'],
  ['"char"', 'x', 'x'],
  ['uuid', '0188a7f2-6f3a-7cc1-8a57-4d3c1c0f9b11', '0188a7f2-6f3a-7cc1-8a57-4d3c1c0f9b11'],
  ['inet', '10.0.0.1', '10.0.0.1/32', '10.0.0.1'],
  ['bit(3)', '101', '101'],
  ['interval', '1 mon 2 days 03:04:05.5', '1 mon 2 days 03:04:05.5'],
  ['int4range', '[1,5)', '[1,5)'],
  ['tstzrange', '["2024-07-01 00:00:00+00",)', '["2024-07-01 00:00:00+00",)'],
  ['contract_color', 'light blue', 'light blue'],
  ['contract_positive', 5, '5'],
  ['contract_pair', '(1,"a b")', '(1,"a b")'],
]

// Instants that differ in Paris or São Paulo from UTC: both sides of a change of clock, and times before time zones.
const TIMES: readonly Vector[] = [
  ['timestamptz', at('2024-03-31T00:59:59.999Z'), '2024-03-31 00:59:59.999+00'],
  ['timestamptz', at('2024-03-31T01:00:00.000Z'), '2024-03-31 01:00:00+00'],
  ['timestamptz', at('2018-11-04T02:59:59.000Z'), '2018-11-04 02:59:59+00'],
  ['timestamptz', at('2018-11-04T03:00:00.001Z'), '2018-11-04 03:00:00.001+00'],
  ['timestamptz', at('1900-01-01T00:00:00.000Z'), '1900-01-01 00:00:00+00'],
  ['timestamptz', at('1970-01-01T00:00:00.000Z'), '1970-01-01 00:00:00+00'],
  ['timestamptz', at('0001-01-01T00:00:00.000Z'), '0001-01-01 00:00:00+00'],
  ['timestamptz', at('0000-12-31T23:59:59.000Z'), '0001-12-31 23:59:59+00 BC'],
  ['timestamptz', at('-000043-03-15T12:00:00.000Z'), '0044-03-15 12:00:00+00 BC'],
  ['timestamptz', at('+012024-01-01T00:00:00.000Z'), '12024-01-01 00:00:00+00'],
  ['timestamptz', new Date(8.64e15), 'infinity'],
  ['timestamptz', new Date(-8.64e15), '-infinity'],
  ['timestamptz', '2024-07-01 02:00:00+02', '2024-07-01 00:00:00+00', at('2024-07-01T00:00:00Z')],
  ['timestamptz', '2024-07-01 00:00:00.123999+00', '2024-07-01 00:00:00.123999+00', at('2024-07-01T00:00:00.123Z')],
  ['timestamp', '2024-03-31 02:30:00', '2024-03-31 02:30:00'],
  ['timestamp', '2018-11-04 00:00:00.123456', '2018-11-04 00:00:00.123456'],
  ['timestamp', 'infinity', 'infinity'],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '2018-11-04', '2018-11-04'],
  ['date', '-infinity', '-infinity'],
  ['time', '23:59:59.999', '23:59:59.999'],
  ['timetz', '12:00:00+05:30', '12:00:00+05:30'],
]

const JSON_VALUES: readonly Vector[] = [
  ['json', { a: [1, null, 'é'] }, '{"a":[1,null,"é"]}'],
  ['jsonb', { b: 1, a: { c: true } }, '{"a": {"c": true}, "b": 1}'],
  ['jsonb', 'text', '"text"'],
  ['jsonb', 12, '12'],
  ['jsonb', [1, 2], '[1, 2]'],
  ['bytea', BYTES, `\\x${HEX}`],
  ['bytea', new Uint8Array(0), '\\x'],
  ['bytea', BYTES.subarray(254), '\\xfeff'],
]

const ARRAYS: readonly Vector[] = [
  ['int4[]', [1, null, -3], '{1,NULL,-3}'],
  ['int4[]', [], '{}'],
  [
    'int4[]',
    [
      [1, 2],
      [3, null],
    ],
    '{{1,2},{3,NULL}}',
  ],
  [
    'text[]',
    ['a,b', '{', '}', '"', '\\', 'NULL', 'null', '', null, ' x ', 'é'],
    String.raw`{"a,b","{","}","\"","\\","NULL","null","",NULL," x ",é}`,
  ],
  ['bool[]', [true, false, null], '{t,f,NULL}'],
  ['numeric[]', ['1.10', null], '{1.10,NULL}'],
  ['float8[]', [0.5, Number.NaN], '{0.5,NaN}'],
  ['timestamptz[]', [at('2024-07-01T00:00:00Z'), null], '{"2024-07-01 00:00:00+00",NULL}'],
  ['bytea[]', [BYTES.subarray(0, 2)], String.raw`{"\\x0001"}`],
  ['jsonb[]', [{ a: 1 }, 'b', [2]], String.raw`{"{\"a\": 1}","\"b\"",[2]}`],
  ['contract_color[]', ['red', 'light blue', null], '{red,"light blue",NULL}'],
  ['contract_positive[]', [1, 2], '{1,2}'],
  ['box[]', ['(1,1),(0,0)', '(3,3),(2,2)'], '{(1,1),(0,0);(3,3),(2,2)}'],
]

const VECTORS = [...NUMBERS, ...TEXTS, ...TIMES, ...JSON_VALUES, ...ARRAYS]

const TYPES = `
  DROP TYPE IF EXISTS contract_color, contract_pair; DROP DOMAIN IF EXISTS contract_positive;
  CREATE TYPE contract_color AS ENUM ('red', 'light blue');
  CREATE DOMAIN contract_positive AS int4 CHECK (value > 0);
  CREATE TYPE contract_pair AS (a int4, b text)`

type Statements = Readonly<Record<string, (args?: Readonly<Record<string, unknown>>) => Promise<unknown>>>

/** Statements from text, without a file. */
export function openStatements(driver: Driver, text: string, int8: Int8Mode = 'number'): Statements {
  const { statements, mistakes } = parseSqlFile(text, 'contract.sql')
  const load = () => ({ tree: { statements, children: new Map() }, mistakes })
  return createDatabase<Statements>({ driver, int8, queries: { path: 'contract.sql', load } }).sql
}

/** Registers that every value comes back as it was given, whatever the time zone of the process. */
export function testValues(name: string, fixture: DriverFixture): void {
  describe(`value contract: ${name}, in ${Intl.DateTimeFormat().resolvedOptions().timeZone}`, () => {
    let driver: Driver
    let sql: Statements
    before(async () => {
      driver = await fixture.open(defaultLimits)
      await driver.script(TYPES)
      sql = openStatements(driver, VECTORS.map(formatStatements).join('\n'))
    })
    after(() => driver.close())

    for (const [index, [type, value, text, read = value]] of VECTORS.entries()) {
      test(`${type} is stored as ${text.slice(0, 40)} and read back`, async () => {
        assert.deepEqual(await sql[`text${index}`]?.({ value }), text)
        assert.deepEqual(await sql[`read${index}`]?.({ value }), read)
      })

      test(`${type} that is ${text.slice(0, 40)} has the same JSON text unread and read`, async () => {
        const rows = sql[`list${index}`]?.({ value })
        assert.ok(rows instanceof RowsPromise)
        const unread = await jsonOf(rows)
        assert.equal(unread, JSON.stringify(await rows))
        assert.deepEqual(await rows, [{ value: read, none: null }])
      })
    }
    testLists(() => driver)
    testNulls(() => driver)
    testFaults(() => driver)
  })
}

function formatStatements([type]: Vector, index: number): string {
  // A JSON value keeps the spaces of its text, so jsonb is compared as the server writes it.
  return `-- name: text${index}(value)$\nSELECT :value::${type}::text\n-- name: read${index}(value)$\nSELECT :value::${type}\n-- name: list${index}(value)\nSELECT :value::${type} AS value, NULL::${type} AS none`
}

/** The text that goes out when nobody reads the rows. */
async function jsonOf(rows: RowsPromise): Promise<string> {
  const json = await rows.toJson((list) => JSON.stringify(list))
  return typeof json === 'string' ? json : Buffer.from(json).toString()
}

function testLists(driver: () => Driver): void {
  const text = `
-- name: numbered()
SELECT 'b' AS b, 'one' AS "1", 'zero' AS "0"
-- name: none()
SELECT 1 AS a WHERE false
-- name: big()
SELECT 9007199254740993::int8 AS many
-- name: words()
SELECT U&'\\0001\\2028 "\\\\' || chr(128512) AS "na""me" FROM generate_series(1, 2)`
  const open = (name: string): RowsPromise => {
    const rows = openStatements(driver(), text)[name]?.()
    assert.ok(rows instanceof RowsPromise)
    return rows
  }

  for (const name of ['numbered', 'none', 'words']) {
    test(`the list "${name}" has the JSON text of its objects`, async () => {
      const unread = await jsonOf(open(name))
      assert.equal(unread, JSON.stringify(await open(name)))
    })
  }

  test('rows that somebody changed are sent as they are then', async () => {
    const rows = open('words')
    await rows.then((list) => Object.assign(list[0] ?? {}, { 'na"me': 'other' }))
    assert.match(await jsonOf(rows), /^\[\{"na\\"me":"other"\}/)
  })

  test('a value that cannot be read names its column', async () => {
    await assert.rejects(jsonOf(open('big')), /Cannot read column "many" of "big"/)
  })
}

function testNulls(driver: () => Driver): void {
  test('null is NULL for every type', async () => {
    const types = ['int4', 'text', 'timestamptz', 'jsonb', 'bytea', 'int4[]', 'contract_color']
    const text = types.map((type, index) => `-- name: null${index}(value)$\nSELECT :value::${type} IS NULL`).join('\n')
    const sql = openStatements(driver(), text)
    for (const index of types.keys()) assert.equal(await sql[`null${index}`]?.({ value: null }), true)
  })

  test('an array with its own bounds is read as an array', async () => {
    const sql = openStatements(driver(), "-- name: bounds()$\nSELECT '[0:1]={a,b}'::text[]")
    assert.deepEqual(await sql['bounds']?.(), ['a', 'b'])
  })

  test('a function that returns void gives null', async () => {
    const sql = openStatements(driver(), '-- name: nothing()$\nSELECT pg_catalog.pg_advisory_unlock_all()')
    assert.equal(await sql['nothing']?.(), null)
  })
}

function testFaults(driver: () => Driver): void {
  const text = `
-- name: big()$
SELECT 9007199254740993::int8
-- name: big_array()$
SELECT ARRAY[9007199254740993::int8]
-- name: far()$
SELECT '294276-01-01 00:00:00+00'::timestamptz
-- name: take_date(value)$
SELECT :value::date
-- name: take_int(value)$
SELECT :value::int4
-- name: take_time(value)$
SELECT :value::timestamptz
-- name: twins()
SELECT 1 AS a, 2 AS a
-- name: proto()
SELECT 1 AS "__proto__"
`

  test('an int8 beyond 2^53 is a fault, and exact as a bigint', async () => {
    const numbers = openStatements(driver(), text)
    for (const name of ['big', 'bigArray']) await assert.rejects(async () => numbers[name]?.(), RangeError)
    const bigints = openStatements(driver(), text, 'bigint')
    assert.equal(await bigints['big']?.(), 9007199254740993n)
    assert.deepEqual(await bigints['bigArray']?.(), [9007199254740993n])
  })

  test('an instant after the last Date is a fault', async () => {
    await assert.rejects(async () => openStatements(driver(), text)['far']?.(), RangeError)
  })

  test('a value of another JavaScript type is a TypeError that does not show it', async () => {
    const sql = openStatements(driver(), text)
    const wrong: readonly [string, unknown][] = [
      ['takeDate', new Date('2024-07-01T00:00:00Z')],
      ['takeInt', { secret: 'hunter2' }],
      ['takeInt', ['hunter2']],
      ['takeTime', 1719792000000],
      ['takeTime', new Date(Number.NaN)],
    ]
    for (const [name, value] of wrong) {
      const error = await sql[name]?.({ value }).catch((reason: unknown) => reason)
      assert.ok(error instanceof TypeError)
      assert.match(error.message, /^Cannot run "take_\w+" of contract\.sql:\d+: argument "value": /)
      assert.doesNotMatch(error.message, /hunter2|1719792000000|2024/)
    }
  })

  test('two columns of one name are a fault, and so is a column named __proto__', async () => {
    const sql = openStatements(driver(), text)
    for (const name of ['twins', 'proto']) await assert.rejects(async () => sql[name]?.(), RangeError)
  })
}
