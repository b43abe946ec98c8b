import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The requirements that docs/reference/asvs.md speaks of: `1–3` stands for 1, 2 and 3. */
const LISTED: Readonly<Record<string, string>> = {
  '1.2': '1 2 4 9',
  '1.3': '12',
  '1.5': '3',
  '2.2': '1 2',
  '2.3': '3 4',
  '2.4': '1',
  '3.3': '1–5',
  '3.4': '1–6 8',
  '3.5': '1–3 8',
  '3.7': '2',
  '4.1': '1–4',
  '4.2': '1–5',
  '4.4': '1–4',
  '5.2': '1 2 3 5',
  '5.3': '1–3',
  '5.4': '1 2',
  '6.1': '1',
  '6.2': '1–12',
  '6.3': '1 2 4 8',
  '6.4': '1',
  '6.5': '1–5',
  '7.2': '1–4',
  '7.3': '1 2',
  '7.4': '1–3 5',
  '7.5': '1 2',
  '8.2': '1–3',
  '8.3': '1 2',
  '8.4': '1',
  '9.1': '1–3',
  '9.2': '1–4',
  '10.3': '1–4',
  '11.2': '1 4',
  '11.4': '1 2',
  '11.5': '1',
  '11.6': '1',
  '12.1': '1–3',
  '12.2': '1',
  '12.3': '1 2',
  '13.1': '2 3',
  '13.2': '6',
  '13.4': '1–6',
  '14.2': '1',
  '14.3': '2',
  '15.2': '2',
  '15.3': '1 3–7',
  '15.4': '1–4',
  '16.2': '1 5',
  '16.3': '1–4',
  '16.4': '1',
  '16.5': '1–4',
}

const ids = Object.entries(LISTED).flatMap(([section, numbers]) =>
  numbers.split(' ').flatMap((part) => {
    const [first = 0, last = first] = part.split('–').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => `${section}.${first + i}`)
  }),
)

interface Row {
  readonly id: string
  readonly state: string
  readonly how: string
  readonly tests: readonly (readonly [file: string, name: string])[]
}

function readRows(): readonly Row[] {
  const page = readFileSync(`${ROOT}/docs/reference/asvs.md`, 'utf8')
  return [...page.matchAll(/^\| *(\d+\.\d+\.\d+) *\|(.*)\|$/gm)].map(([, id = '', rest = '']) => {
    const [state = '', how = '', tests = ''] = rest.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
    const named = tests === '–' ? [] : tests.split('<br>')
    return { id, state, how, tests: named.map((one) => readTest(id, one)) }
  })
}

function readTest(id: string, text: string): readonly [string, string] {
  const [, file, name] = /^`([^`]+)`: (.+)$/.exec(text) ?? assert.fail(`${id}: "${text}" is not a file and a test`)
  return [file ?? '', name ?? '']
}

/** The first arguments of `it()`, `test()` and of what a contract calls them, and titles in tables, as they are written. */
function hasTest(source: string, name: string): boolean {
  const quoted = [`'${name.replaceAll("'", String.raw`\'`)}'`, `\`${name}\``, `"${name}"`]
  return quoted.some((text) => new RegExp(String.raw`\b(?:it|test)\(\s*${escapeRegExp(text)}`).test(source))
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}

describe('docs/reference/asvs.md', () => {
  const rows = readRows()

  it('has one row for each requirement, and no other', () => {
    assert.deepEqual(
      rows.map(({ id }) => id),
      ids,
    )
  })

  it('says of each how it is met by which tests, or why not', () => {
    for (const { id, state, how, tests } of rows) {
      assert.match(state, /^(?:met|in part|not met|does not apply)$/, id)
      assert.ok(how.length > 4, id)
      const isShown = state === 'met' || state === 'in part'
      assert.equal(tests.length > 0, isShown, `${id} is "${state}" and names ${tests.length} tests`)
    }
  })

  it('names tests that exist', () => {
    for (const { id, tests } of rows) {
      for (const [file, name] of tests) {
        assert.ok(existsSync(`${ROOT}/${file}`), `${id}: there is no ${file}`)
        assert.ok(hasTest(readFileSync(`${ROOT}/${file}`, 'utf8'), name), `${id}: ${file} has no test "${name}"`)
      }
    }
  })
})
