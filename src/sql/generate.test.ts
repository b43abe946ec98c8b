import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Driver } from './driver.ts'
import { generateQueries, queriesOutputPath } from './generate.ts'
import { openDriver } from './open-driver.ts'
import { createTestDatabase, skipWithoutPostgres } from './postgres.test-support.ts'

const SCHEMA = `
CREATE TYPE color AS ENUM ('red', 'it''s');
CREATE DOMAIN positive AS int4 CHECK (value > 0);
CREATE TABLE stuff (
  sid SERIAL PRIMARY KEY,
  stuff TEXT NOT NULL,
  price NUMERIC,
  big INT8,
  at TIMESTAMPTZ NOT NULL DEFAULT now(),
  data JSONB NOT NULL DEFAULT '{}',
  colors color[],
  amount positive,
  bytes BYTEA
)`

const STATEMENTS: readonly (readonly [text: string, member: string])[] = [
  [
    'get_all()\nSELECT sid, stuff, price, big FROM stuff',
    'getAll(): Promise<{ sid: number; stuff: string; price: string | null; big: number | null }[]>',
  ],
  [
    'get_one(sid)^\nSELECT at, data FROM stuff WHERE sid = :sid',
    'getOne(args: { sid: number | null }): Promise<{ at: Date; data: unknown } | null>',
  ],
  [
    'find(sid)$\nSELECT stuff FROM stuff WHERE sid = :sid',
    'find(args: { sid: number | null }): Promise<string | null>',
  ],
  ['total()$\nSELECT count(*) FROM stuff', 'total(): Promise<number>'],
  [
    'has(sid)$\nSELECT EXISTS (SELECT 1 FROM stuff WHERE sid = :sid)',
    'has(args: { sid: number | null }): Promise<boolean>',
  ],
  [
    'add(stuff, big, colors, amount, bytes)$\nINSERT INTO stuff (stuff, big, colors, amount, bytes) VALUES (:stuff, :big, :colors, :amount, :bytes) RETURNING sid',
    "add(args: { stuff: string | null; big: number | bigint | null; colors: readonly ('red' | 'it\\'s' | null)[] | null; amount: number | null; bytes: Uint8Array | null }): Promise<number>",
  ],
  [
    'set_at(at, price, data)!\nUPDATE stuff SET at = :at, price = :price, data = :data',
    'setAt(args: { at: Date | string | null; price: string | number | bigint | null; data: unknown }): Promise<number>',
  ],
  [
    'add_many(stuff)*!\nINSERT INTO stuff (stuff) VALUES (:stuff)',
    'addMany(rows: readonly { stuff: string | null }[]): Promise<number>',
  ],
  ['clean()#\nDELETE FROM stuff; DELETE FROM stuff', 'clean(): Promise<void>'],
  [
    'pairs()\n-- rows: tuple\nSELECT sid, colors FROM stuff',
    "pairs(): Promise<[sid: number, colors: ('red' | 'it\\'s' | null)[] | null][]>",
  ],
  ['flow()\n-- rows: stream\nSELECT sid FROM stuff', 'flow(): AsyncIterable<{ sid: number }>'],
  [
    'outer_join()\nSELECT a.sid, b.stuff FROM stuff AS a LEFT JOIN stuff AS b USING (sid)',
    'outerJoin(): Promise<{ sid: number; stuff: string | null }[]>',
  ],
  [
    'inner_join()\nSELECT a.sid, b.stuff FROM stuff AS a JOIN stuff AS b USING (sid)',
    'innerJoin(): Promise<{ sid: number; stuff: string }[]>',
  ],
  [
    'hints(sid)^\nSELECT price AS "price!", stuff AS "stuff?", sid + 1 AS "next-sid!" FROM stuff WHERE sid = :sid',
    "hints(args: { sid: number | null }): Promise<{ price: string; stuff: string | null; 'next-sid': number } | null>",
  ],
  [
    'sure(sid)$\nSELECT price AS "price!" FROM stuff WHERE sid = :sid',
    'sure(args: { sid: number | null }): Promise<string>',
  ],
]

describe('generateQueries()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-generate-'))
  let driver: Driver
  before(async () => {
    driver = await openDriver('pglite:memory:', { limits: defaultLimits })
    await driver.script(SCHEMA)
  })
  after(async () => {
    await driver.close()
    rmSync(folder, { recursive: true })
  })

  function write(path: string, text: string): string {
    const file = join(folder, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  for (const [text, member] of STATEMENTS) {
    test(`generateQueries() types ${text.split('\n')[0]}`, async () => {
      const path = write('one.sql', `-- name: ${text}`)
      assert.equal((await generateQueries({ path, driver })).split('\n')[5], `  ${member}`)
    })
  }

  test('generateQueries() writes a whole file', async () => {
    const path = write(
      'queries.sql',
      '-- name: one()$\n-- The one.\nSELECT 1\n-- name: two()$\n-- Two\n-- lines */.\nSELECT 2',
    )
    assert.equal(
      await generateQueries({ path, driver }),
      `// Written by \`guichet sql\` from queries.sql: change that, not this.
import { sqlFile } from 'guichet/sql'
import type { Queries } from 'guichet/sql'

export interface Sql {
  /** The one. */
  one(): Promise<number>
  /**
   * Two
   * lines * /.
   */
  two(): Promise<number>
}

export const queries: Queries<Sql> = sqlFile<Sql>(new URL('./queries.sql', import.meta.url))
`,
    )
  })

  test('generateQueries() writes sub-folders as namespaces, and says where the folder is', async () => {
    write('all/a.sql', '-- name: a()$\nSELECT 1')
    write('all/admin/b.sql', '-- name: b()$\nSELECT 1')
    const text = await generateQueries({ path: join(folder, 'all'), driver, outputPath: join(folder, 'generated.ts') })
    assert.match(text, /\n {2}a\(\): Promise<number>\n {2}readonly admin: \{\n {4}b\(\): Promise<number>\n {2}\}\n\}/)
    assert.match(text, /new URL\('\.\/all\/', import\.meta\.url\)/)
  })

  test('generateQueries() types int8 as the app reads it', async () => {
    const path = write('big.sql', '-- name: big()$\nSELECT big FROM stuff')
    assert.match(await generateQueries({ path, driver, int8: 'bigint' }), /big\(\): Promise<bigint \| null>/)
  })

  test('generateQueries() throws a ConfigError with every statement that the database refuses', async () => {
    const path = write(
      'wrong.sql',
      [
        '-- name: missing()\nSELECT *\nFROM nothing',
        '-- name: no_rows()\nDELETE FROM stuff',
        '-- name: two_columns()$\nSELECT 1, 2',
        '-- name: same_name()\nSELECT 1 AS a, 2 AS a',
        '-- name: right()\nSELECT 1 AS a',
      ].join('\n'),
    )
    const error = await generateQueries({ path, driver }).catch((reason: unknown) => reason)
    assert.ok(error instanceof ConfigError)
    assert.deepEqual(
      error.mistakes.map(({ where, problem }) => `${where}: ${problem}`),
      [
        'wrong.sql:3: statement "missing": relation "nothing" does not exist',
        'wrong.sql:4: statement "no_rows" gives no rows',
        'wrong.sql:6: statement "two_columns" gives one value',
        'wrong.sql:8: statement "same_name" has two columns of the same name',
      ],
    )
  })

  test('generateQueries() gives the same text on a server', { skip: skipWithoutPostgres }, async () => {
    const path = write('same.sql', STATEMENTS.map(([text]) => `-- name: ${text}`).join('\n'))
    const database = await createTestDatabase()
    const server = await openDriver(database.url, { limits: defaultLimits })
    await server.script(SCHEMA)
    assert.equal(await generateQueries({ path, driver: server }), await generateQueries({ path, driver }))
    await server.close()
    await database.drop()
  })
})

test('queriesOutputPath() is beside the file or the folder', () => {
  assert.deepEqual(['a/queries.sql', 'a/queries', 'a/queries/'].map(queriesOutputPath), [
    'a/queries.sql.ts',
    'a/queries.sql.ts',
    'a/queries.sql.ts',
  ])
})
