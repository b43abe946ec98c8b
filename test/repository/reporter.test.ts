import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type ProgramResult, runProgram } from '../../scripts/checks/run-program.ts'
import { plantTree } from './tree.test-support.ts'

const scripts = join(import.meta.dirname, '../../scripts')

function runTest(t: TestContext, text: string): Promise<ProgramResult> {
  const cwd = plantTree(t, { 'a.test.mjs': `import { test, describe } from 'node:test'\n${text}` })
  const args = [
    '--import',
    join(scripts, 'fail-on-warning.ts'),
    '--test',
    `--test-reporter=${join(scripts, 'test-reporter.ts')}`,
  ]
  return runProgram(process.execPath, [...args, 'a.test.mjs'], { cwd })
}

test('the reporter says one line for a file and the reasons of what was skipped', async (t) => {
  const { code, output } = await runTest(t, "test('a', () => {})\ntest('b', { skip: 'no server' }, () => {})\n")
  assert.equal(code, 0)
  assert.match(output, /^✔ a\.test\.mjs 2 tests, 1 skipped, \d+ ms\n\nskipped 1: no server\nℹ tests 2\n/)
})

test('the reporter shows a failure with the names of its suites, its place and its error', async (t) => {
  const { code, output } = await runTest(
    t,
    "describe('s', () => {\n  test('a', () => { throw new Error('why') })\n})\n",
  )
  assert.equal(code, 1)
  assert.match(output, /✖ s › a\n {2}a\.test\.mjs:3\n {2}Error: why\n/)
  assert.match(output, /\nfailed: a\.test\.mjs:3 s › a\n/)
})

test('a warning fails the test that causes it', async (t) => {
  const { code, output } = await runTest(
    t,
    "test('a', async () => {\n  process.emitWarning('old', 'DeprecationWarning')\n  await new Promise((go) => setTimeout(go, 50))\n})\n",
  )
  assert.equal(code, 1)
  assert.match(output, /DeprecationWarning: old/)
})
