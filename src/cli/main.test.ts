import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CommandIo } from './command.ts'
import { COMMANDS } from './commands.ts'
import { main } from './main.ts'

const COMICS = fileURLToPath(new URL('../../examples/comics/app.ts', import.meta.url))
const SITES = fileURLToPath(new URL('../../examples/sites/app.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'guichet-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(
  args: readonly string[],
  more: { stdin?: string; environment?: Record<string, string> } = {},
): Promise<Ran> {
  const streams = { out: '', err: '' }
  const into = (key: 'out' | 'err'): Writable =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        streams[key] += chunk.toString()
        done()
      },
    })
  const io: CommandIo = {
    stdin: Readable.from(more.stdin === undefined ? [] : [more.stdin]),
    stdout: into('out'),
    stderr: into('err'),
    environment: more.environment ?? {},
    signal: new AbortController().signal,
  }
  const code = await main(args, io)
  return { code, ...streams }
}

describe('guichet', () => {
  it('lists every command', async () => {
    const { code, out } = await run(['--help'])
    assert.equal(code, 0)
    for (const { name, summary } of COMMANDS) assert.ok(out.includes(name) && out.includes(summary), name)
  })

  it('has a help with an example for each command', async () => {
    for (const { name } of COMMANDS) {
      const { code, out } = await run([name, '--help'])
      assert.equal(code, 0, name)
      assert.match(out, /Example/, name)
    }
  })

  it('hash takes the password that its help shows', async () => {
    const { out: help } = await run(['hash', '--help'])
    const [, stdin = ''] = /printf '([^']+)' \| guichet hash/.exec(help) ?? []
    const { code, out } = await run(['hash'], { stdin })
    assert.deepEqual([code, out.startsWith('$argon2id$')], [0, true], stdin)
  })

  it('suggests the command or the option that was meant', async () => {
    assert.match((await run(['ruotes'])).err, /no command "ruotes"\nDid you mean: guichet routes\n/)
    assert.match((await run(['routes', COMICS, '--jsn'])).err, /no option --jsn; did you mean --json\?/)
    assert.equal((await run(['help', 'routes'])).out, (await run(['routes', '--help'])).out)
  })

  it('ends with 2 when it is called wrongly, and with 1 when something is missing', async () => {
    assert.equal((await run(['nothing'])).code, 2)
    assert.equal((await run(['routes'])).code, 2)
    assert.equal((await run(['routes', COMICS, '--no-such-option'])).code, 2)
    assert.equal((await run(['routes', 'nowhere.ts'])).code, 1)
    const { code, err } = await run(['run', COMICS, '--port', 'http'])
    assert.deepEqual([code, err.startsWith('guichet: --port takes a number')], [2, true], err)
  })

  it('tells what no app file is, and where nothing can be written', async () => {
    assert.match((await run(['routes', '.'])).err, /Cannot load \.: it is a folder/)
    assert.match((await run(['routes', 'package.json'])).err, /no TypeScript or JavaScript file/)
    assert.match((await run(['openapi', COMICS, '--output', join(folder, 'a', 'b')])).err, /^Cannot write .*ENOENT/)
  })

  it('openapi, client and postman say which audiences and hosts there are', async () => {
    for (const name of ['openapi', 'client', 'postman']) {
      const { code, err } = await run([name, COMICS, '--host', 'a.example'])
      assert.deepEqual([code, err.includes('no host "a.example": the app declares no hosts')], [2, true], err)
      if (name === 'postman') continue
      assert.match(
        (await run([name, COMICS, '--as', 'nobdy'])).err,
        /no audience "nobdy": it is one of nobody, user, ADMIN/,
      )
    }
    assert.match((await run(['openapi', SITES, '--host', 'x.example'])).err, /the app declares .*localhost/)
  })

  it('routes shows rule, schemes, parameters and place', async () => {
    const { out } = await run(['routes', COMICS])
    assert.match(out, /GET +\/object\/:oid +owned\(oid\) +token basic param +oid +\S*examples\/comics\/app\.ts:\d+/)
    const rows = JSON.parse((await run(['routes', COMICS, '--json'])).out) as { path: string; rule: string }[]
    assert.equal(rows.find(({ path }) => path === '/admin')?.rule, 'ADMIN')
  })

  it('routes --lint accepts the paths of the example', async () => {
    const { code, out } = await run(['routes', COMICS, '--lint'])
    assert.ok(code === 1 ? out.includes('/cmp/add') : out.includes('naming rules'), out)
  })

  it('config shows where a value comes from, and masks secrets', async () => {
    const environment = {
      PORT: '8123',
      GUICHET_SECRET: 'x3Jq-9fK2mVb7TzQpL0sWc8dRyHn4EgA',
      DATABASE_URL: 'postgres://me:hidden@db/x',
    }
    const { out } = await run(['config', COMICS], { environment })
    assert.match(out, /PORT +8123 +environment/)
    assert.match(out, /HOST +127\.0\.0\.1 +default/)
    assert.ok(!out.includes('hidden') && !out.includes('x3Jq'), out)
  })

  it('doctor says what stops a start in production, and what is open', async () => {
    const { code, out } = await run(['doctor', COMICS])
    assert.equal(code, 1)
    assert.match(out, /stops +GUICHET_SECRET/)
    assert.match(out, /POST \/stuff: anybody may change something here/)
    assert.match(out, /well-known passwords are accepted/)
  })

  it('hash reads a password and refuses a weak one', async () => {
    assert.match(
      (await run(['hash'], { stdin: 'a quite long password\n' })).out,
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/,
    )
    assert.equal((await run(['hash'], { stdin: 'short\n' })).code, 1)
    assert.match((await run(['hash', '--unchecked', '--algorithm', 'bcrypt'], { stdin: 'short\n' })).out, /^\$2[aby]\$/)
  })

  it('users import hashes each line, or writes all into a table', async () => {
    const file = join(folder, 'class.txt')
    writeFileSync(file, '# the class\nana a-long-password-of-ana 1\n\nrui a-long-password-of-rui 2\n')
    const { out } = await run(['users', 'import', file])
    assert.match(out, /^ana,"\$argon2id\$[^"]+",1\nrui,"\$argon2id\$[^"]+",2\n$/)
    const environment = { DATABASE_URL: `pglite:${join(folder, 'users')}` }
    assert.equal((await run(['db', 'migrate', COMICS], { environment })).code, 0)
    const args = ['users', 'import', file, '--app', COMICS, '--table', 'utilisateur', '--password', 'pass']
    assert.match((await run(args, { environment })).out, /2 accounts imported/)
    assert.equal((await run(args, { environment })).code, 1, 'the same logins again: none is written')
  })

  it('db tells, applies and resets migrations', async () => {
    const environment = { DATABASE_URL: `pglite:${join(folder, 'db')}` }
    const before = await run(['db', 'status', COMICS], { environment })
    assert.equal(before.code, 1)
    assert.match(before.out, /0001-schema\.sql +pending/)
    assert.match((await run(['db', 'migrate', COMICS], { environment })).out, /0002-owners-and-things\.sql applied/)
    assert.equal((await run(['db', 'status', COMICS], { environment })).code, 0)
    const file = join(folder, 'db.env')
    writeFileSync(file, `DATABASE_URL=pglite:${join(folder, 'db')}\n`)
    assert.equal((await run(['db', 'status', COMICS, '--config', file])).code, 0, 'the same database, from a file')
    assert.equal((await run(['db', 'reset', COMICS], { environment })).code, 1, 'it wants --yes')
    assert.match((await run(['db', 'reset', COMICS, '--yes'], { environment })).out, /new/)
    const url = 'postgres://me:hidden@127.0.0.1/x'
    assert.equal(
      (await run(['db', 'url', COMICS], { environment: { DATABASE_URL: url } })).out,
      'postgres://me:***@127.0.0.1/x\n',
    )
  })

  it('sql takes the folder queries where there is no queries.sql', async () => {
    const project = join(folder, 'split')
    mkdirSync(join(project, 'queries'), { recursive: true })
    writeFileSync(join(project, 'queries/a.sql'), '-- name: one()$\nSELECT 1;\n')
    const before = process.cwd()
    process.chdir(project)
    const { out } = await run(['sql']).finally(() => process.chdir(before))
    assert.equal(out, 'queries.sql.ts written\n')
  })

  it('sql writes typed functions, and --check tells when they are stale', async () => {
    const file = join(folder, 'queries.sql')
    writeFileSync(file, '-- name: add(a, b)$\nSELECT :a::integer + :b::integer;\n')
    assert.equal((await run(['sql', file, '--check'])).code, 1)
    assert.ok(!existsSync(`${file}.ts`))
    assert.equal((await run(['sql', file])).code, 0)
    assert.match(
      readFileSync(`${file}.ts`, 'utf8'),
      /add\(args: \{ a: number \| null; b: number \| null \}\): Promise<number/,
    )
    assert.equal((await run(['sql', file, '--check'])).code, 0)
  })

  it('new makes an app, and never over files that are there', async () => {
    const target = join(folder, 'my-notes')
    assert.equal((await run(['new', target])).code, 0)
    assert.match(readFileSync(join(target, 'app.ts'), 'utf8'), /name: 'my-notes'/)
    assert.ok(existsSync(join(target, '.gitignore')))
    assert.equal((await run(['new', target])).code, 1)
    assert.match((await run(['new', join(target, 'app.ts')])).err, /there is a file of this name/)
  })

  it('shell runs statements and calls', async () => {
    const stdin = "await call('GET', '/hello', { as: 'calvin' })\n"
    const { out } = await run(['shell', COMICS], {
      stdin,
      environment: { DATABASE_URL: 'pglite:memory:', GUICHET_AUDIT: 'off' },
    })
    assert.match(out, /hello calvin!/)
  })
})
