import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Handler } from '../core/route-spec.ts'
import { parseSqlInterface } from './parse-sql-interface.ts'
import { readHandler } from './read-handler.ts'
import type { StatementFacts } from './statement-book.ts'

const ROW = { type: 'object', properties: { sid: { type: 'number' } }, required: ['sid'] }
const statements: ReadonlyMap<string, StatementFacts> = new Map([
  ['getAll', { doc: 'All of them.', schema: { type: 'array', items: ROW } }],
  ['getOne', { doc: '', schema: { anyOf: [ROW, { type: 'null' }] } }],
  ['add', { doc: '', schema: { type: 'number' } }],
  ['reports.count', { doc: '', schema: { type: ['number', 'null'] } }],
])

/** Text as it stands after the types were taken out; it is never run. */
const handlerOf = (text: string): Handler => ({ toString: () => text }) as unknown as Handler
const factsOf = (text: string, hasUser = true): ReturnType<typeof readHandler> =>
  readHandler(handlerOf(text), { statements, hasUser })
const resultsOf = (text: string): readonly (readonly [number, unknown])[] =>
  factsOf(text).results.map(({ status, schema }) => [status, schema])

describe('readHandler()', () => {
  const cases: readonly (readonly [text: string, status: number, schema: unknown])[] = [
    ['(_, { sql }) => sql.getAll()', 200, { type: 'array', items: ROW }],
    ['async ({ sid }, { sql }) => found(await sql.getOne({ sid }))', 200, ROW],
    ['async (args, call) => found(await call.sql.reports.count(args))', 200, { type: 'number' }],
    ['({ f }, { sql }) => (f === undefined ? (sql.getAll()) : sql.getAll())[0]', 200, null],
    ['async (args, { sql }) => changed(await sql.add(args))', 204, null],
    ['() => undefined', 204, null],
    ['() => {}', 204, null],
    [
      "(_, { user }) => ({ user, 'a-b': [1], n: 2.5, isIt: true })",
      200,
      {
        type: 'object',
        properties: { user: { type: 'string' }, 'a-b': {}, n: { type: 'number' }, isIt: { type: 'boolean' } },
        required: ['user', 'a-b', 'n', 'isIt'],
      },
    ],
    ['(_, row) => ({ ...row, n: 1 })', 200, { type: 'object', properties: { n: { type: 'number' } } }],
    [
      'async (args, { sql }) => created({ sid: await sql.add(args) }, `/x/${1}`)',
      201,
      {
        type: 'object',
        properties: { sid: { type: 'number' } },
        required: ['sid'],
      },
    ],
    [
      'async (args, { sql }) => {\n  const id = await sql.add(args)\n  return created({ id })\n}',
      201,
      {
        type: 'object',
        properties: { id: { type: 'number' } },
        required: ['id'],
      },
    ],
    [
      "(_, call) => reply({ a: 'x' }, { status: 202, headers: {} })",
      202,
      {
        type: 'object',
        properties: { a: { type: 'string' } },
        required: ['a'],
      },
    ],
    ["() => redirect('/x')", 303, null],
    ["() => redirect('/x', 308)", 308, null],
    ['function (args, call) { /* return created(1) */ return helper(args) }', 200, null],
    ['async handler(args) { return await helper(args) }', 200, null],
    ['() => { const a = a; return a }', 200, null],
    ['(_, { user }) => `hello ${user}!`', 200, { type: 'string' }],
  ]
  for (const [text, status, schema] of cases) {
    it(`reads ${text.replaceAll(/\s+/g, ' ')}`, () => assert.deepEqual(resultsOf(text), [[status, schema]]))
  }

  it('reads each return of a block', () => {
    const text = `async ({ sid }, { sql }) => {
      if (sid === 0) return noContent()
      if (sid < 0) throw refuse(409, 'never')
      const row = await sql.getOne({ sid })
      return row === null
        ? text('nothing')
        : html\`<p>\${row.sid}</p>\`
    }`
    const { results, refusals } = factsOf(text)
    assert.deepEqual(
      results.map(({ status }) => status),
      [204, 200, 200],
    )
    assert.deepEqual(refusals, [{ code: 'HANDLE_REFUSED', status: 409 }])
  })

  it('reads each branch of an expression', () => {
    assert.deepEqual(resultsOf('(a) => a ? created(1) : a ?? b ? noContent() : a?.b'), [
      [201, { type: 'number' }],
      [204, null],
      [200, null],
    ])
  })

  it('names the refusals of the functions that are called', () => {
    const text = "async (a, call) => { await call.hashPassword(a.b); throw new Refusal('DIAL_FAILED'); found(1) }"
    const codes = factsOf(text).refusals.map(({ code }) => code)
    assert.deepEqual(codes, ['DIAL_FAILED', 'AUTHN_WEAK_PASSWORD', 'AUTHN_BUSY', 'HANDLE_NOT_FOUND'])
  })

  it('takes the comments of statements', () => {
    assert.deepEqual(factsOf('(_, { sql }) => sql.getAll()').texts, ['All of them.'])
  })

  it('knows pages and texts by their media types', () => {
    assert.equal(factsOf('() => html`<p>${"}"}</p>`').results[0]?.type, 'text/html; charset=utf-8')
    assert.equal(factsOf('() => reply(html`<p>`, { status: 400 })').results[0]?.type, 'text/html; charset=utf-8')
    assert.equal(factsOf("() => text('a')").results[0]?.type, 'text/plain; charset=utf-8')
  })

  it('gives a user that may be nobody on an open route', () => {
    assert.deepEqual(factsOf('(_, { user }) => user', false).results[0]?.schema, { type: ['string', 'null'] })
  })

  for (const text of [
    '',
    '=>',
    '(',
    '() => {',
    "() => '",
    '() => `${',
    'function',
    '[native code]',
    '() => a ? b',
    '() => {return',
  ]) {
    it(`does not fail on ${JSON.stringify(text)}`, () => assert.ok(factsOf(text).results.length > 0))
  }
})

describe('parseSqlInterface()', () => {
  const book = parseSqlInterface(`
export interface Sql {
  plain(): Promise<number>
  /** One line. */
  row(args: { a: string | null }): Promise<{ a: string; 'b c': Date | null; c: unknown[] } | null>
  /**
   * Two
   * lines.
   */
  list(args: { a: 'x' | 'y' | null }): Promise<{ kind: 'x' | 'y'; tags: (string | null)[]; big: bigint }[]>
  stream(): AsyncIterable<{ a: boolean }>
  bytes(): Promise<Uint8Array | null>
  none(): Promise<void>
  readonly reports: {
    perMonth(args: { year: number }): Promise<{ m: number }[]>
    readonly deep: {
      one(): Promise<string | null>
    }
  }
  last(): Promise<boolean>
}
`)
  const schemas: Readonly<Record<string, unknown>> = {
    plain: { type: 'number' },
    row: {
      anyOf: [
        {
          type: 'object',
          properties: {
            a: { type: 'string' },
            'b c': { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
            c: { type: 'array', items: {} },
          },
          required: ['a', 'b c', 'c'],
        },
        { type: 'null' },
      ],
    },
    list: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          kind: { type: 'string', enum: ['x', 'y'] },
          tags: { type: 'array', items: { type: ['string', 'null'] } },
          big: { type: 'string', pattern: '^(0|-?[1-9][0-9]*)$' },
        },
        required: ['kind', 'tags', 'big'],
      },
    },
    stream: { type: 'array', items: { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] } },
    bytes: null,
    none: null,
    'reports.perMonth': {
      type: 'array',
      items: { type: 'object', properties: { m: { type: 'number' } }, required: ['m'] },
    },
    'reports.deep.one': { type: ['string', 'null'] },
    last: { type: 'boolean' },
  }
  it('finds every statement, those of folders too', () => assert.deepEqual([...book.keys()], Object.keys(schemas)))
  for (const [name, schema] of Object.entries(schemas)) {
    it(`gives the schema of ${name}`, () => assert.deepEqual(book.get(name)?.schema, schema))
  }
  it('gives the comments', () => {
    assert.equal(book.get('row')?.doc, 'One line.')
    assert.equal(book.get('list')?.doc, 'Two\nlines.')
    assert.equal(book.get('plain')?.doc, '')
  })
  it('gives nothing for another text', () => assert.equal(parseSqlInterface('export const a = 1').size, 0))
})
