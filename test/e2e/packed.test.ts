import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'

const root = join(import.meta.dirname, '../..')
/** The machine's own programs, as its user has them: nothing that this repository has installed. */
const OWN_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((part) => !part.includes('node_modules'))
  .join(delimiter)
const own = {
  ...process.env,
  PATH: OWN_PATH,
  NODE_OPTIONS: '',
  NODE_ENV: '',
  NODE_TEST_CONTEXT: undefined,
  npm_config_prefer_offline: 'true',
}

const npm = findProgram('npm')
const skip = findSkip()

function findProgram(name: string): string | null {
  const folder = OWN_PATH.split(delimiter).find((part) => existsSync(join(part, name)))
  return folder === undefined ? null : join(folder, name)
}

/** The new app installs its dependencies: without a registry it cannot. */
function findSkip(): string | false {
  if (npm === null) return 'the machine has no npm of its own'
  try {
    execFileSync(npm, ['view', 'zod', 'version'], { env: own, stdio: 'pipe', timeout: 20_000 })
    return false
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    return 'no npm registry answers'
  }
}

describe('the packed package', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-packed-'))
  const app = join(folder, 'empty', 'my-notes')
  let tarball = ''
  let content: readonly string[] = []
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

  const run = (program: string, args: readonly string[], cwd: string): string =>
    execFileSync(program, args, { cwd, env: own, encoding: 'utf8', stdio: 'pipe' })

  before(() => {
    // A copy is built, so that nobody's dist/ changes under a test that runs beside this one.
    const copy = join(folder, 'repository')
    mkdirSync(copy)
    for (const name of [
      'src',
      'bin',
      'templates',
      'scripts',
      'package.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
    ]) {
      cpSync(join(root, name), join(copy, name), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    execFileSync(process.execPath, [join(copy, 'scripts/build.ts')], { cwd: copy, stdio: 'pipe' })
    const told = run(npm ?? '', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], copy)
    const [packed] = Object.values(JSON.parse(told) as Record<string, { filename: string; files: { path: string }[] }>)
    assert.ok(packed !== undefined)
    tarball = join(folder, packed.filename)
    content = packed.files.map(({ path }) => path)
  })

  it('holds what a user needs and nothing else', () => {
    const rest = content.filter(
      (path) =>
        !/^(dist\/.*\.(js|d\.ts|txt|json|css|html)|bin\/[a-z-]+\.(d\.)?m[jt]s|templates\/app\/[^.][^/]*|templates\/app\/migrations\/[^/]+\.sql)$/.test(
          path,
        ),
    )
    assert.deepEqual(rest.toSorted(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    assert.deepEqual(
      content.filter((path) => path.startsWith('dist/') && /\.test|test-support|\.ts$/.test(path.replace('.d.ts', ''))),
      [],
    )
    assert.deepEqual(
      content.filter(
        (path) => /secret$|\.guichet|\.env|node_modules|snapshot.*tar/.test(path) && !path.startsWith('dist/'),
      ),
      [],
    )
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>
    }
    for (const target of Object.values(exports)) {
      for (const [condition, file] of Object.entries(typeof target === 'string' ? {} : target)) {
        if (condition !== 'guichet-source') assert.ok(content.includes(file.slice(2)), file)
      }
    }
  })

  it('makes an app in an empty folder, by guichet new and by npm create', () => {
    mkdirSync(dirname(app))
    run(npm ?? '', ['exec', '--yes', `--package=${tarball}`, '--', 'guichet', 'new', 'my-notes'], dirname(app))
    assert.ok(existsSync(join(app, 'app.ts')) && existsSync(join(app, '.gitignore')))
    const creator = join(folder, 'create-guichet')
    cpSync(join(root, 'create-guichet'), creator, { recursive: true })
    run('tar', ['-xzf', tarball, '-C', folder], folder)
    mkdirSync(join(creator, 'node_modules'))
    symlinkSync(join(folder, 'package'), join(creator, 'node_modules/guichet'))
    run(findProgram('node') ?? process.execPath, [join(creator, 'create-guichet.mjs'), 'other'], dirname(app))
    assert.equal(
      readFileSync(join(dirname(app), 'other/rules.ts'), 'utf8'),
      readFileSync(join(app, 'rules.ts'), 'utf8'),
    )
  })

  it('its tests pass by npm test, which installs what is missing', () => {
    const path = join(app, 'package.json')
    // Not published yet: the app gets the tarball instead.
    writeFileSync(path, readFileSync(path, 'utf8').replace('"guichet": "^0.1.0"', `"guichet": "file:${tarball}"`))
    assert.match(run(npm ?? '', ['test'], app), /pass 3\n(.|\n)*fail 0\n/)
    run(npm ?? '', ['run', 'types'], app)
    // Where others refer to a project it writes declarations: every type in them needs a public name.
    const declared = [
      '--noEmit',
      'false',
      '--declaration',
      '--emitDeclarationOnly',
      '--outDir',
      join(folder, 'declared'),
    ]
    run(npm ?? '', ['exec', '--', 'tsc', ...declared], app)
    assert.match(run(npm ?? '', ['run', 'routes'], app), /GET +\/notes\/:nid +ownNote\(nid\)/)
  })

  it('every subpath and every command loads from what is installed with it', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }
    const paths = Object.keys(exports).filter((path) => path !== './package.json')
    const code = paths.map((path) => `await import('${path.replace('.', 'guichet')}')`).join('\n')
    writeFileSync(join(app, 'all.mjs'), `${code}\nconsole.log('all of them')\n`)
    assert.match(run(process.execPath, ['all.mjs'], app), /all of them/)
    const guichet = join(app, 'node_modules/.bin/guichet')
    const overview = run(process.execPath, [guichet, '--help'], app)
    const names = [...overview.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name = '']) => name)
    assert.ok(names.length > 10, overview)
    for (const name of names) assert.match(run(process.execPath, [guichet, name, '--help'], app), /Example/, name)
  })

  it('npm start serves it, and Ctrl-C ends it', async () => {
    const child = spawn(npm ?? '', ['start'], {
      cwd: app,
      env: { ...own, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    const url = await new Promise<string>((resolve, reject) => {
      const look = (part: Buffer): void => {
        output += part.toString()
        const found = /listens on (http:\/\/\S+)/.exec(output)?.[1]
        if (found !== undefined) resolve(found)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)))
    })
    const body = new URLSearchParams({ login: 'ana', password: 'correct horse battery' })
    assert.equal((await fetch(`${url}/register`, { method: 'POST', body })).status, 201)
    const authorization = `Basic ${Buffer.from('ana:correct horse battery').toString('base64')}`
    assert.equal((await fetch(`${url}/notes`, { headers: { authorization } })).status, 200)
    assert.equal((await fetch(`${url}/notes`)).status, 401)
    // A terminal signals the whole group.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    await once(child, 'exit')
    assert.match(readFileSync(join(app, '.guichet/audit.jsonl'), 'utf8'), /"route":"\/register"/)
  })
})
