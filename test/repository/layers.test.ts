import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { layersCheck } from '../../scripts/checks/check-layers.ts'
import { findCycles } from '../../scripts/checks/cycles.ts'
import { plantTree } from './tree.test-support.ts'

async function check(t: TestContext, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const findings = await layersCheck.run(plantTree(t, files))
  return findings.map(({ where, what }) => `${where} ${what}`)
}

test('layersCheck accepts imports of lower tiers and of the own folder', async (t) => {
  const found = await check(t, {
    'src/sql/pool.ts': "import type { Limits } from '../core/limits.ts'\nimport { row } from './row.ts'\n",
    'src/sql/row.ts': "export { bytes } from '../wire/bytes.ts'\n",
    'src/wire/bytes.ts': "import { Buffer } from 'node:buffer'\n",
    'src/core/limits.ts': 'export interface Limits {}\n',
    'src/sql.ts': "export { row } from './sql/row.ts'\n",
  })
  assert.deepEqual(found, [])
})

test('layersCheck finds an import of a folder of the same tier', async (t) => {
  const found = await check(t, { 'src/sql/a.ts': "\nimport { b } from '../reply/b.ts'\n", 'src/reply/b.ts': '' })
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /^src\/sql\/a\.ts:2 import of \.\.\/reply\/b\.ts: both are tier 2/)
})

test('layersCheck finds a type import of a higher tier over several lines', async (t) => {
  const found = await check(t, {
    'src/core/a.ts': "import type {\n  B,\n  C,\n} from '../app/b.ts'\n",
    'src/app/b.ts': '',
  })
  assert.match(found[0] ?? '', /^src\/core\/a\.ts:4 .*core\/ is tier 0 and app\/ is tier 4/)
})

test('layersCheck finds a dynamic import of a higher tier', async (t) => {
  const found = await check(t, { 'src/core/a.ts': "const b = await import('../app/b.ts')\n", 'src/app/b.ts': '' })
  assert.match(found[0] ?? '', /^src\/core\/a\.ts:1 import of \.\.\/app\/b\.ts/)
})

test('layersCheck finds a folder without a tier', async (t) => {
  assert.match((await check(t, { 'src/magic/a.ts': '' }))[0] ?? '', /^src\/magic\/ this folder has no tier/)
})

test('layersCheck finds an import of a public file from inside', async (t) => {
  const found = await check(t, { 'src/cli/a.ts': "import { b } from '../index.ts'\n", 'src/index.ts': '' })
  assert.match(found[0] ?? '', /this file is for users of the package/)
})

test('layersCheck keeps sockets in their rooms', async (t) => {
  const net = "import { connect } from 'node:net'\n"
  const found = await check(t, {
    'src/listen/a.ts': net,
    'src/dial/a.ts': net,
    'src/reply/a.ts': net,
    'src/reply/a.test.ts': net,
    'src/reply/b.ts': "import type { Socket } from 'node:net'\n",
  })
  assert.deepEqual(
    found.map((line) => line.split(' ', 1)[0]),
    ['src/reply/a.ts:1'],
  )
})

test('layersCheck keeps the environment in app and cli', async (t) => {
  const read = '\nexport const port = process.env.PORT\n'
  const found = await check(t, { 'src/app/a.ts': read, 'src/cli/a.ts': read, 'src/listen/a.ts': read })
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /^src\/listen\/a\.ts:2 only app\/ and cli\/ read the environment/)
})

test('layersCheck finds names that say nothing', async (t) => {
  const found = await check(t, { 'src/sql/utils.ts': '', 'src/sql/row-helper.ts': '', 'src/sql/commonality.ts': '' })
  assert.deepEqual(
    found.map((line) => line.split(' ', 1)[0]),
    ['src/sql/row-helper.ts', 'src/sql/utils.ts'],
  )
})

test('layersCheck finds a circle of imports, but not of types', async (t) => {
  const found = await check(t, {
    'src/sql/a.ts': "import { b } from './b.ts'\n",
    'src/sql/b.ts': "import { c } from './c.ts'\n",
    'src/sql/c.ts': "import { a } from './a.ts'\n",
    'src/sql/d.ts': "import type { E } from './e.ts'\n",
    'src/sql/e.ts': "import type { D } from './d.ts'\n",
  })
  assert.deepEqual(found, [
    'src/sql/a.ts imports go in a circle: src/sql/a.ts → src/sql/b.ts → src/sql/c.ts → src/sql/a.ts',
  ])
})

test('layersCheck does not take the text of a template for an import', async (t) => {
  const text = "export const page = `\nimport { guichet } from 'guichet'\nimport { x } from '../app/x.ts'\n`\n"
  assert.deepEqual(await check(t, { 'src/sql/a.ts': text }), [])
})

test('layersCheck finds an example that reaches into src', async (t) => {
  const found = await check(t, {
    'examples/one/app.ts': "import { pool } from '../../src/sql/pool.ts'\nimport { x } from './x.ts'\n",
    'examples/one/x.ts': '',
  })
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /^examples\/one\/app\.ts:1 .*as a user does/)
})

test('findCycles() gives the shortest circle of a group and a node that points to itself', () => {
  const edges = new Map([
    ['a', ['b', 'c']],
    ['b', ['c']],
    ['c', ['a']],
    ['d', ['d']],
    ['e', ['a']],
  ])
  assert.deepEqual(findCycles(edges), [['a', 'c'], ['d']])
})
