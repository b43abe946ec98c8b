import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createTcpListener } from '../listen/tcp-listener.ts'
import { lines } from '../wire/lines.ts'
import { DirectoryHeldError, lockDirectory } from '../sql/directory-lock.ts'
import { migrate } from '../sql/migrations.ts'
import { openDriver } from '../sql/open-driver.ts'
import { lostError, serverError } from '../sql/sql-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { explainError } from './explain-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-explain-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

/** What is told of the error that importing this text gives. */
async function explain(text: string): Promise<string> {
  const file = join(folder, `app${count++}.ts`)
  writeFileSync(file, text)
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    return explainError(error)
  }
  throw new Error('It did not fail')
}

describe('explainError()', () => {
  it('shows the line of a syntax error and nothing of Node.js', async () => {
    const told = await explain('const a = 1\nconst b = (a\nconst c = 2\n')
    assert.match(told, /app\d+\.ts:\d+: /)
    assert.ok(told.includes('const b = (a'), told)
    assert.doesNotMatch(told, /node:internal/)
  })

  it('says what Node.js cannot remove of TypeScript', async () => {
    assert.match(await explain('enum A { B }\n'), /no enum, no namespace/)
  })

  it('says what a package.json of CommonJS lacks', () => {
    const error = new SyntaxError('Cannot use import statement outside a module')
    // As Node.js has it when it takes the file for CommonJS.
    error.stack = `${join(folder, 'app.ts')}:1\nimport 'guichet'\n^^^^^^\n\nSyntaxError: ${error.message}`
    assert.match(explainError(error), /app\.ts:1: .*outside a module[\s\S]*say "type": "module" in the package\.json/)
  })

  it('names the file that is missing, and the ending that an import lacks', async () => {
    assert.match(await explain("import './nothing'\n"), /app\d+\.ts: there is no file .*nothing\n.*ending: \.ts/)
    assert.match(await explain("import './queries.sql.ts'\n"), /run: guichet sql/)
    assert.match(await explain("import 'no-such-package'\n"), /run: npm install no-such-package/)
  })

  it('names the export that does not exist', async () => {
    assert.match(await explain("import { joinn } from 'node:path'\n"), /app\d+\.ts:1: .*joinn/)
  })

  it('does not send who declares a TCP socket to the port of HTTP', async () => {
    const first = createTcpListener({ port: 0, framing: lines })
    const { port } = new URL(await first.open({ onMessage: () => undefined }))
    const second = createTcpListener({ port: Number(port), framing: lines })
    const error: unknown = await second.open({ onMessage: () => undefined }).catch((reason: unknown) => reason)
    assert.match(explainError(error), /^guichet: Cannot listen on TCP 127\.0\.0\.1:\d+: another process [^\n]*\n$/)
    assert.doesNotMatch(explainError(error), /PORT=/)
    await first.close(0)
  })

  it('keeps the frames of the app only', async () => {
    const told = await explain('const nothing: any = undefined\nnothing.foo.bar()\n')
    assert.match(told, /^TypeError: .*foo/)
    assert.match(told, /app\d+\.ts:2:9/)
    assert.doesNotMatch(told, /node:internal/)
  })

  it('says who has the embedded database, without a stack', () => {
    const directory = join(folder, 'held')
    const lock = lockDirectory(directory)
    assert.throws(
      () => lockDirectory(directory),
      (error) => {
        assert.ok(error instanceof DirectoryHeldError)
        assert.match(explainError(error), /^guichet: .* has it open\n {2}end that process first; .*DATABASE_URL.*\n$/)
        return true
      },
    )
    lock.release()
  })

  it('gives file and line of a migration that fails, without a stack', async () => {
    const migrations = join(folder, 'migrations')
    mkdirSync(migrations)
    writeFileSync(join(migrations, '0001-a.sql'), 'CREATE TABLE a (i INT);\nCREATE TABEL b (i INT);\n')
    const driver = await openDriver('pglite:memory:', { limits: defaultLimits })
    const error: unknown = await migrate(driver, migrations).catch((failure: unknown) => failure)
    await driver.close()
    assert.equal(explainError(error), 'guichet: migrations/0001-a.sql:2: syntax error at or near "TABEL" (42601)\n')
  })

  it('says what to do about a database server that is away, or refuses the login', () => {
    assert.match(explainError(lostError('connect ECONNREFUSED 127.0.0.1:1')), /cannot be reached: .*\n {2}start it/)
    const refused = serverError({ sqlstate: '28000', message: 'role "ana" does not exist' })
    assert.match(explainError(refused), /refuses: role "ana" does not exist \(28000\)\n {2}look at user/)
  })

  it('says that a host has no address', async () => {
    const error: unknown = await lookup('no-such-host.invalid').catch((failure: unknown) => failure)
    assert.match(explainError(error), /^guichet: no address is known for "no-such-host\.invalid".*HOST=…\n$/)
  })
})
