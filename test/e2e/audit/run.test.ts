import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTestApp, type TestClient, type TestReply } from 'guichet/testing'
import { app } from '../../../examples/comics/app.ts'
import { type Running, runApp, spawnGuichet } from '../process/running.ts'

const COMICS = fileURLToPath(new URL('../../../examples/comics/app.ts', import.meta.url))
const NEW_PASSWORD = 'pw-of-moe-5f2c'
const WRONG_PASSWORD = 'wrong-9d41-for-hobbes'
const HASHED = 'hash-me-77aa'
const PASSWORDS = [NEW_PASSWORD, WRONG_PASSWORD, HASHED, 'derkins']

interface Line {
  readonly id: string
  readonly status: number
  readonly method: string
  readonly route?: string
  readonly user?: string
  readonly scheme?: string
  readonly object?: string
  readonly code?: string
  readonly reason?: string
}

describe('the audit of a run of comics', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-audited-'))
  const file = join(folder, 'audit.jsonl')
  const secrets = [...PASSWORDS]
  let running: Running
  let client: TestClient
  let welcome = ''
  let lines: readonly Line[] = []
  const answers: [call: string, status: number][] = []

  const call = async (who: TestClient, method: string, path: string, options = {}): Promise<TestReply> => {
    const reply = await who.request(method, path, options)
    answers.push([`${method} ${path.split('?', 1)[0]}`, reply.status])
    return reply
  }

  before(async () => {
    running = await runApp(COMICS, { DATABASE_URL: 'pglite:memory:', GUICHET_AUDIT: file, LOG_LEVEL: 'debug' })
    // It shows the accounts of the example.
    await new Promise((resolve) => setTimeout(resolve, 100))
    welcome = running.output()
    const opened = await openTestApp(app, { url: running.url, users: { calvin: 'hobbes', susie: 'derkins' } })
    ;({ client } = opened)
    await exchange()
    await opened.close()
    // At once: what was answered must be in the file all the same.
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
    lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function exchange(): Promise<void> {
    const moe = client.withPassword('moe', NEW_PASSWORD)
    await call(client, 'POST', '/register', { form: { login: 'moe', pword: NEW_PASSWORD } })
    await call(client, 'POST', '/register', { json: { login: 'moe', pword: NEW_PASSWORD } })
    await call(client, 'POST', '/register', {
      json: { login: 'eve', pword: NEW_PASSWORD, [NEW_PASSWORD]: NEW_PASSWORD },
    })
    await call(client, 'POST', '/register', {
      body: `{"login":"eve","pword":"${NEW_PASSWORD}"`,
      headers: { 'content-type': 'application/json' },
    })
    const token = String((await call(moe, 'GET', '/login')).json)
    secrets.push(token, token.slice(token.lastIndexOf(':') + 1))
    const posted = String((await call(client, 'POST', '/login', { form: { USER: 'moe', PASS: NEW_PASSWORD } })).json)
    secrets.push(posted)
    await call(client.withToken(token), 'GET', '/qui-suis-je')
    await call(client.withToken(`${token}0`), 'GET', '/qui-suis-je')
    await call(client.withPassword('hobbes', WRONG_PASSWORD), 'GET', '/whoami')
    await call(client, 'POST', '/whoami', { json: { USER: 'moe', PASS: WRONG_PASSWORD } })
    await call(client, 'POST', '/whoami', { json: { USER: 'moe', PASS: { value: WRONG_PASSWORD } } })
    await call(client, 'GET', '/whoami', { query: { USER: 'moe', PASS: NEW_PASSWORD } })
    await call(client, 'GET', '/stuff', { query: { [token]: NEW_PASSWORD } })
    const hash = String((await call(moe, 'GET', '/cmp/hash', { query: { apass: HASHED } })).json)
    secrets.push(hash)
    await call(client.as('calvin'), 'POST', '/users-mgt', {
      json: { u: { login: 'rosalyn', password: NEW_PASSWORD, isAdmin: false } },
    })
    await call(client.as('calvin'), 'POST', '/users-mgt', {
      json: { u: { login: 'x', password: 3, isAdmin: NEW_PASSWORD } },
    })
    await call(client.as('susie'), 'GET', '/object/1')
    await call(client.as('susie'), 'GET', '/object/99')
    await call(client.as('calvin'), 'GET', '/object/1')
    await call(client, 'DELETE', '/stuff/1')
    await call(client, 'POST', '/whoami', { json: { USER: 'a\nb{"user":"root"}\u001b[2J', PASS: WRONG_PASSWORD } })
    await call(client, 'GET', '/nowhere/%0A%22%7D${jndi:ldap:x}')
  }

  it('has one line for each call, in the order of the answers', () => {
    assert.equal(lines.length, answers.length)
    assert.deepEqual(
      lines.map(({ method, status }) => `${method} ${status}`),
      answers.map(([name, status]) => `${name.split(' ')[0]} ${status}`),
    )
    assert.equal(new Set(lines.map(({ id }) => id)).size, lines.length)
  })

  it('says who, by which scheme, about which object, and why not', () => {
    const told = lines.map(({ route, user, scheme, object, code, reason }) =>
      [route, user, scheme, object, code, reason].filter((part) => part !== undefined).join(' | '),
    )
    for (const expected of [
      '/qui-suis-je | moe | token',
      '/login | moe | param',
      '/whoami | AUTHN_BAD_CREDENTIALS | wrong password for login "hobbes"',
      '/object/:oid | susie | basic | owned(oid=1) | AUTHZ_PERMISSION | owned',
      '/object/:oid | susie | basic | owned(oid=99) | AUTHZ_NO_OBJECT | owned',
      '/object/:oid | calvin | basic | owned(oid=1)',
      '/stuff/:sid | sid=1',
      '/stuff | PARAMS_INVALID | an undeclared name',
      '/users-mgt | calvin | basic | PARAMS_INVALID | u',
    ]) {
      assert.ok(told.includes(expected), `${expected} is not among\n${told.join('\n')}`)
    }
  })

  it('holds no password, token or hash, and neither does the log', () => {
    const audit = readFileSync(file, 'utf8')
    const bases = secrets.flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
    ])
    const log = running.output().slice(welcome.length)
    for (const secret of new Set(bases)) {
      assert.ok(
        !audit.includes(secret),
        `the audit holds ${secret}: ${audit.split('\n').find((line) => line.includes(secret))}`,
      )
      assert.ok(!log.includes(secret), `the log holds ${secret}`)
    }
    assert.doesNotMatch(audit, /\$argon2|Basic [A-Za-z0-9+/=]{12}|Bearer /)
  })

  it('lets no name and no path make a line, a field or a colour', () => {
    // eslint-disable-next-line no-control-regex -- control characters are what it is about
    assert.doesNotMatch(readFileSync(file, 'utf8').replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f]/)
    assert.deepEqual(
      lines.filter(({ user }) => user === 'root'),
      [],
    )
  })

  it('guichet audit shows and filters it, in text and in JSON', async () => {
    const environment = { GUICHET_AUDIT: file, DATABASE_URL: 'pglite:memory:' }
    const run = async (...args: string[]): Promise<string> => {
      const process = spawnGuichet(['audit', COMICS, ...args], environment)
      assert.equal(await process.exited, 0, process.output())
      return process.output()
    }
    assert.match(await run(), /WHEN +STATUS +MS +WHO +WHAT +OBJECT +WHY\n/)
    // eslint-disable-next-line no-control-regex -- control characters are what it is about
    assert.doesNotMatch((await run()).replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f]/)
    const calvin = (await run('--user', 'calvin', '--since', '1h', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    assert.deepEqual(
      calvin,
      lines.filter(({ user }) => user === 'calvin'),
    )
    const refused = (await run('--refused', '--json')).trim().split('\n')
    assert.equal(refused.length, lines.filter(({ status }) => status >= 400).length)
    assert.match(
      await run('--refused'),
      /401 .* GET \/whoami .* AUTHN_BAD_CREDENTIALS: wrong password for login "hobbes"/,
    )
    writeFileSync(file, '{"at":"2026-01-02T03:04:05.006Z","lost":3}\n{"at":"2026-')
    assert.match(await run(), /3 records are missing here/)
    writeFileSync(file, '')
    assert.equal(await run('--json'), '')
  })
})
