/** Makes what a run needs: the peers, the packed framework, a certificate, a hash, a database. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const root = join(here, '..')
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(config_|lifecycle|package)/i.test(name)),
)

/** Installs the peers where they are missing, and the packed dist of the framework beside them. */
export function installAll({ hasBuild }: { readonly hasBuild: boolean }): void {
  const lock = join(here, 'package-lock.json')
  const installed = join(here, 'node_modules/.package-lock.json')
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
    say('Installing the peers (once)…')
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], here)
  }
  const target = join(here, 'node_modules/guichet')
  if (!hasBuild && existsSync(target)) return
  say('Building and packing the framework…')
  run(process.execPath, [join(root, 'scripts/build.ts')], root)
  const folder = mkdtempSync(join(tmpdir(), 'guichet-pack-'))
  run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], root)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target)
  const [archive = ''] = readdirSync(folder)
  run('tar', ['-xzf', join(folder, archive), '-C', target, '--strip-components=1'], here)
  rmSync(folder, { recursive: true })
}

/** A certificate for this run, as the servers find it in their environment; null where openssl is missing. */
export function makeCertificate(folder: string): Readonly<Record<string, string>> | null {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ]
  const { status } = spawnSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return status === 0 ? { BENCH_KEY: key, BENCH_CERTIFICATE: cert } : null
}

/** Files to be served, as the servers find them in their environment. */
export function makeFiles(folder: string): Readonly<Record<string, string>> {
  const files = join(folder, 'files')
  mkdirSync(files)
  writeFileSync(join(files, '1k.txt'), 'a line of text\n'.repeat(70).slice(0, 1000))
  writeFileSync(join(files, '1m.txt'), 'a line of text\n'.repeat(70_000).slice(0, 1_000_000))
  return { BENCH_FILES: files }
}

/** Creates and fills the database; says why where it cannot. */
export async function fillDatabase(url: string): Promise<string | null> {
  const { default: pg } = await import('pg')
  const admin = new pg.Client({ connectionString: url.replace(/\/[^/]*$/, '/postgres') })
  try {
    await admin.connect()
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      url.slice(url.lastIndexOf('/') + 1),
    ])
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${url.slice(url.lastIndexOf('/') + 1)}`)
  } catch (error) {
    return `PostgreSQL cannot be reached: ${String(error)}`
  } finally {
    await admin.end()
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    DROP TABLE IF EXISTS item, added;
    CREATE TABLE item (id INT PRIMARY KEY, name TEXT NOT NULL, price NUMERIC(10,2) NOT NULL, active BOOLEAN NOT NULL, created TIMESTAMPTZ NOT NULL);
    CREATE TABLE added (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, price NUMERIC(10,2) NOT NULL);
    INSERT INTO item SELECT i, 'item number ' || i, i * 1.25, i % 2 = 0, TIMESTAMPTZ '2026-01-01' + i * INTERVAL '1 hour' FROM generate_series(1, 2000) i;
    ANALYZE item;`)
  await client.end()
  return null
}

function run(program: string, args: readonly string[], cwd: string): void {
  execFileSync(program, args, { cwd, env: environment, stdio: ['ignore', 'ignore', 'inherit'] })
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
