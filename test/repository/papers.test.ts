import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { exportsCheck } from '../../scripts/checks/check-exports.ts'
import { papersCheck } from '../../scripts/checks/check-papers.ts'
import { lockfileCheck } from '../../scripts/checks/check-lockfile.ts'
import { limitsCheck, refusalsCheck } from '../../scripts/checks/check-reference.ts'
import { wordsCheck } from '../../scripts/checks/check-words.ts'
import type { Check } from '../../scripts/checks/finding.ts'
import { formatLimit } from '../../scripts/checks/format-limit.ts'
import { completeLockfile, findMissingBuilds, type Lockfile } from '../../scripts/checks/lockfile.ts'
import { parseTableRows } from '../../scripts/checks/markdown-table.ts'
import { plantTree } from './tree.test-support.ts'

type Files = Readonly<Record<string, string>>

async function run(t: TestContext, check: Check, files: Files): Promise<readonly string[]> {
  const findings = await check.run(plantTree(t, files))
  return findings.map(({ where, what }) => `${where}: ${what}`)
}

const entry = (name: string): string =>
  `{ "guichet-source": "./src/${name}.ts", "types": "./dist/${name}.d.ts", "default": "./dist/bundle/${name}.js" }`

test('exportsCheck accepts a file for each entry', async (t) => {
  const found = await run(t, exportsCheck, {
    'package.json': `{ "exports": { ".": ${entry('index')}, "./sql": ${entry('sql')}, "./package.json": "./package.json" } }`,
    'src/index.ts':
      "/** All. */\nexport { a, type B } from './app/a.ts'\nexport type { C } from './app/c.ts' // types\n",
    'src/sql.ts': "export * from './sql/x.ts'\n",
  })
  assert.deepEqual(found, [])
})

test('exportsCheck finds a file without an entry and an entry without a file', async (t) => {
  const found = await run(t, exportsCheck, {
    'package.json': `{ "exports": { ".": ${entry('index')}, "./gone": ${entry('gone')} } }`,
    'src/index.ts': '',
    'src/sql.ts': '',
  })
  assert.equal(found.length, 2)
  assert.match(found[0] ?? '', /exports\["\.\/sql"\] is null: it must be \{"guichet-source"/)
  assert.match(found[1] ?? '', /exports\["\.\/gone"\] has no file/)
})

test('exportsCheck finds code in a public file', async (t) => {
  const found = await run(t, exportsCheck, {
    'package.json': `{ "exports": { ".": ${entry('index')} } }`,
    'src/index.ts': "export { a } from './a.ts'\nexport const b = 1\n",
  })
  assert.deepEqual(found, ['src/index.ts:2: only re-exports stand here: move the code into a room'])
})

const REFUSAL_SOURCE = `export const REFUSALS = { SQL_BUSY: { status: 503, close: 1013, sentence: 'busy' } }\n`

test('refusalsCheck accepts a page that says the same as the table', async (t) => {
  const found = await run(t, refusalsCheck, {
    'src/core/refusal.ts': REFUSAL_SOURCE,
    'src/sql/a.ts': "refuse('SQL_BUSY')\n",
    'docs/reference/refusals.md': '| code | status |\n| --- | --- |\n| `SQL_BUSY` | 503 | 1013 | busy | No place. |\n',
  })
  assert.deepEqual(found, [])
})

test('refusalsCheck finds missing, different, invented and unused codes', async (t) => {
  const missing = await run(t, refusalsCheck, {
    'src/core/refusal.ts': REFUSAL_SOURCE,
    'docs/reference/refusals.md': '| `SQL_LAZY` | 503 | 1013 | lazy | No wish. |\n',
  })
  assert.deepEqual(missing, [
    'docs/reference/refusals.md: SQL_BUSY has no row: write | `SQL_BUSY` | 503 | 1013 | busy | what it means |',
    'src/core: SQL_BUSY is never used: use it or take it away',
    'docs/reference/refusals.md:1: SQL_LAZY does not exist: take the row away',
  ])
  const different = await run(t, refusalsCheck, {
    'src/core/refusal.ts': REFUSAL_SOURCE,
    'src/sql/a.ts': "refuse('SQL_BUSY')\n",
    'docs/reference/refusals.md': '| `SQL_BUSY` | 500 | 1013 | busy | No place. |\n',
  })
  assert.match(different.join(), /^docs\/reference\/refusals\.md:1: the row of SQL_BUSY differs/)
})

test('limitsCheck finds a default that the page says otherwise and a limit that nothing obeys', async (t) => {
  const found = await run(t, limitsCheck, {
    'src/core/limits.ts': 'export const defaultLimits = { bodyBytesMax: 2048, idleTimeoutMs: 60_000 }\n',
    'src/listen/a.ts': 'if (size > limits.bodyBytesMax) throw size\n',
    'docs/reference/limits.md': '| `bodyBytesMax` | 1 KiB | A body. |\n| `idleTimeoutMs` | 1 min | Silence. |\n',
  })
  assert.deepEqual(found, [
    'docs/reference/limits.md:1: the row of bodyBytesMax differs: write | `bodyBytesMax` | 2 KiB | what it means |',
    'src/core: idleTimeoutMs is never used: use it or take it away',
  ])
})

test('formatLimit() writes the unit that the name ends with', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['idleTimeoutMs', 250, '250 ms'],
    ['idleTimeoutMs', 10_000, '10 s'],
    ['idleTimeoutMs', 90_000, '90 s'],
    ['idleTimeoutMs', 7_200_000, '2 h'],
    ['bodyBytesMax', 1472, '1,472 bytes'],
    ['bodyBytesMax', 8192, '8 KiB'],
    ['bodyBytesMax', 3 * 1024 * 1024, '3 MiB'],
    ['connectionsMax', 20_000, '20,000'],
  ]
  for (const [name, value, text] of cases) assert.equal(formatLimit(name, value), text)
})

test('parseTableRows() reads escaped bars and leaves other tables alone', () => {
  const text = '# x\n| a | b |\n| --- | --- |\n| `one` | x \\| y | z |\n| plain | no |\n'
  assert.deepEqual(parseTableRows(text), [{ line: 4, name: 'one', cells: ['x | y', 'z'] }])
})

const PAPERS: Files = {
  'README.md': '[changes](CHANGELOG.md#unreleased)\n',
  'ARCHITECTURE.md': '`[not a link](gone.md)`\n',
  'CONTRIBUTING.md': '[elsewhere](https://example.org/x)\n',
  'SECURITY.md': '',
  LICENSE: '',
  'CHANGELOG.md': '# Changelog\n\n## Unreleased\n',
  'decisions/0001-one-package.md': '# 0001 One package\n\n**Revisit** when there are two.\n',
}

test('papersCheck accepts numbered decisions, a changelog with a next release, links that lead somewhere', async (t) => {
  assert.deepEqual(await run(t, papersCheck, PAPERS), [])
})

test('papersCheck finds what is missing, misnumbered or leads nowhere', async (t) => {
  const { SECURITY: _, ...rest } = { ...PAPERS, SECURITY: '' }
  const found = await run(t, papersCheck, {
    ...rest,
    'README.md': '\n[guide](docs/guide.md)\n',
    'CHANGELOG.md': '# Changelog\n',
    'decisions/0001-two.md': '# Two\n',
    'decisions/two.md': '',
  })
  assert.deepEqual(found, [
    'decisions/0001-two.md: decisions/0001-one-package.md has the number 0001 already',
    'decisions/0001-two.md:1: the title must begin with # 0001',
    'decisions/0001-two.md: a decision says when to revisit it',
    'decisions/two.md: a decision is named like 0007-what-was-decided.md',
    'CHANGELOG.md: it needs a section ## Unreleased',
    'README.md:2: the link to docs/guide.md leads nowhere',
  ])
})

test('wordsCheck asks for the reason of a cast and of a lint exception', async (t) => {
  const found = await run(t, wordsCheck, {
    'src/sql/a.ts': [
      'const a = b as string',
      'const c = d as string // the driver gives text',
      '// the driver gives text',
      'const e = f as string',
      "const g = 'as good as it gets' as const",
      "import { a as b } from './b.ts'",
      'const help = `',
      '  as it is as written`',
      '// oxlint-disable-next-line no-eval',
      '// oxlint-disable-next-line no-eval -- the text is our own',
    ].join('\n'),
  })
  assert.deepEqual(
    found.map((line) => line.split(': ', 1)[0]),
    ['src/sql/a.ts:9', 'src/sql/a.ts:1'],
  )
})

test('wordsCheck finds forgotten work, private fields of the compiler and paths of one machine', async (t) => {
  const found = await run(t, wordsCheck, {
    'src/sql/a.ts': 'class A {\n  private readonly x = 1\n  private constructor() {}\n  #y = 2\n}\n',
    'docs/a.md': ['TO', 'DO write this, see /ho', 'me/me/x and https://example.org/home/me\n'].join(''),
  })
  assert.deepEqual(
    found.map((line) => line.split(': ', 1)[0]),
    ['docs/a.md:1', 'docs/a.md:1', 'src/sql/a.ts:2'],
  )
})

const LOCKED: Lockfile = {
  packages: {
    '': { dependencies: { fast: '1.0.0' } },
    'node_modules/fast': {
      version: '1.0.0',
      optionalDependencies: { 'fast-linux-x64-musl': '1.0.0', 'fast-win-x64': '1.0.0' },
    },
    'node_modules/fast-win-x64': { version: '1.0.0', os: ['win32'], cpu: ['x64'], optional: true },
  },
}

test('completeLockfile() adds the builds that a registry lacks, each for its own system', () => {
  const { packages } = completeLockfile(LOCKED)
  assert.deepEqual(packages['node_modules/fast-linux-x64-musl'], {
    version: '1.0.0',
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    optional: true,
  })
  assert.deepEqual(packages['node_modules/fast-win-x64'], LOCKED.packages['node_modules/fast-win-x64'])
  assert.deepEqual(findMissingBuilds({ packages }), [])
})

test('lockfileCheck finds missing builds, addresses and other dependencies', async (t) => {
  const found = await run(t, lockfileCheck, {
    'package.json': '{ "dependencies": { "fast": "1.0.0", "slow": "2.0.0" } }',
    'package-lock.json': JSON.stringify(LOCKED)
      .replace('"os"', '"resolved": "https://packages.example/x.tgz", "os"')
      .replaceAll('":"', '": "'),
  })
  assert.deepEqual(
    found.map((line) => line.slice(0, 45)),
    [
      'package-lock.json: 1 builds are missing (fast-linux-x64-musl, …)'.slice(0, 45),
      'package-lock.json: it names the host of a registry'.slice(0, 45),
      'package.json: the lockfile was made from other'.slice(0, 45),
    ],
  )
})
