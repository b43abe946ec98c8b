import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseJson } from './json.ts'
import { decodeUtf8 } from './utf8.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/vectors/json/test_parsing', import.meta.url))
const RULES = { depthMax: 64, hasSafeNames: false }

/** Null where the bytes are no JSON text. */
function parse(name: string, hasSafeNames = false): unknown {
  const text = decodeUtf8(readFileSync(`${FOLDER}/${name}`))
  if (text === null) return REFUSED
  const { value, problem } = parseJson(text, { ...RULES, hasSafeNames })
  return problem === null ? value : REFUSED
}

const REFUSED = Symbol('refused')

if (existsSync(FOLDER)) {
  const names = readdirSync(FOLDER)
  test('parseJson() takes all texts that must be taken', () => {
    const mustParse = names.filter((name) => name.startsWith('y_'))
    assert.ok(mustParse.length > 90)
    for (const name of mustParse) assert.notEqual(parse(name), REFUSED, name)
  })
  test('parseJson() refuses all texts that must be refused', () => {
    const mustFail = names.filter((name) => name.startsWith('n_'))
    assert.ok(mustFail.length > 180)
    for (const name of mustFail) assert.equal(parse(name), REFUSED, name)
  })
  test('parseJson() answers for all other texts, without throwing', () => {
    for (const name of names.filter((other) => other.startsWith('i_'))) parse(name)
  })
  test('parseJson() refuses only doubled names more when it wants safe ones', () => {
    const refused = names.filter((name) => name.startsWith('y_') && parse(name, true) === REFUSED)
    assert.deepEqual(refused.toSorted(), ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'])
  })
} else {
  const isOptional = process.env['CI'] !== 'true'
  test('JSON vectors', { skip: isOptional && 'skipped: ../shared/vectors/json is not here' }, () => {
    assert.fail(`${FOLDER} is missing`)
  })
}
