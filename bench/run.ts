/**
 * `npm run bench [-- --quick | --guard | --rooms] [-- --only=hello,body] [--servers=guichet,fastify] [--rounds=N] [--seconds=N] [--generator=node] [--no-build]`
 *
 * Measures the framework beside its peers. Without `--quick`, `--guard` and `--only` it writes RESULTS.md and
 * results.svg; `--rooms` measures rooms instead and writes ROOMS.md; `--guard` compares the ratios with those in RESULTS.md and ends with code 1 where one is worse, or missing.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findWorse } from './guard.ts'
import type { Generator } from './load/run-load.ts'
import { fillDatabase, installAll, makeCertificate, makeFiles } from './prepare.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    guard: { type: 'boolean', default: false },
    rooms: { type: 'boolean', default: false },
    only: { type: 'string' },
    servers: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    generator: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  },
})
if (process.platform !== 'linux' || cpus().length < 2) {
  process.stderr.write('Cannot measure: this needs Linux (its accounting in /proc, taskset) and two cores\n')
  process.exit(1)
}
const isShort = values.quick || values.guard
const rounds = Number(values.rounds ?? (values.quick ? 1 : values.guard ? 3 : 5))
const seconds = Number(values.seconds ?? 2)
if (!Number.isInteger(seconds) || seconds < 1 || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write('Cannot measure: --seconds and --rounds take whole numbers from 1 on\n') // wrk takes no others
  process.exit(1)
}

installAll({ hasBuild: !values['no-build'] })
if (values.rooms) {
  const { measureRooms } = await import('./rooms/run.ts')
  const folder = mkdtempSync(join(tmpdir(), 'guichet-bench-'))
  await measureRooms({ rounds, folder })
  rmSync(folder, { recursive: true, force: true })
  process.exit()
}
// These import what was just installed.
const { findGenerator } = await import('./load/run-load.ts')
const { measure } = await import('./measure/measure.ts')
const { measureRest, measureStart } = await import('./measure/rest.ts')
const { SCENARIOS } = await import('./scenarios.ts')
const { formatPlot } = await import('./plot.ts')
const report = await import('./report.ts')
const { DATABASE_URL, HASHES_MAX, PASSWORD } = await import('./work.ts')
type Row = import('./report.ts').Row & { samples: import('./measure/measure.ts').Sample[] }

const folder = mkdtempSync(join(tmpdir(), 'guichet-bench-'))
const { generator, about } = findGenerator(values.generator)
const environment = await prepareEnvironment()
const noDatabase = await fillDatabase(DATABASE_URL)

const only = values.only?.split(',')
const unknown = only?.filter((one) => one !== 'rest' && !SCENARIOS.some(({ name }) => name === one)) ?? []
if (unknown.length > 0) {
  const names = SCENARIOS.map(({ name }) => name).join(', ')
  process.stderr.write(`Cannot measure: there is no scenario ${unknown.join(', ')}; there are ${names}, rest\n`)
  process.exit(1)
}
const chosen = SCENARIOS.filter(({ name, isQuick }) => only?.includes(name) ?? (!isShort || isQuick === true))
const servers = values.servers?.split(',')
const results = []
for (const scenario of chosen) {
  const result = { scenario, rows: await measureAll(scenario, generator) }
  results.push(result)
  process.stdout.write(`\n${report.formatResult(result)}`)
}
const hasRest = only === undefined ? !isShort : only.includes('rest')
const rest = hasRest ? await measureAtRest() : []
if (rest.length > 0) process.stdout.write(`\n${report.formatRest(rest)}`)
const ratios = report.ratiosOf(results)
process.stdout.write(`\n${report.formatRatios(ratios)}`)

const resultsFile = join(import.meta.dirname, 'RESULTS.md')
if (values.guard) process.exitCode = guard() ? 0 : 1
else if (!isShort && only === undefined && servers === undefined) {
  const [load = 0] = loadavg()
  const note = `load average at the end: ${load.toFixed(1)} on ${cpus().length} cores (1 is this benchmark's own server, 1 its generator${load > 3 ? '; other processes ran beside it, so look at the ratios and the ranges, not at single figures' : ''})`
  writeFileSync(resultsFile, report.formatReport({ results, rest, rounds, seconds, generator: about, note }))
  writeFileSync(join(import.meta.dirname, 'results.svg'), formatPlot(results))
  process.stdout.write('\nWritten: bench/RESULTS.md, bench/results.svg\n')
}
rmSync(folder, { recursive: true, force: true })

async function prepareEnvironment(): Promise<Record<string, string>> {
  const { hash } = await import('@node-rs/argon2')
  // OWASP's first choice, and the framework's default: 19 MiB, two passes, one lane.
  const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  return {
    BENCH_PASSWORD_HASH: passwordHash,
    BENCH_DATABASE_URL: DATABASE_URL,
    GUICHET_SECRET: 'a secret for measuring only and long enough',
    UV_THREADPOOL_SIZE: String(Math.max(4, HASHES_MAX)),
    ...makeCertificate(folder),
    ...makeFiles(folder),
  }
}

async function measureAll(scenario: (typeof SCENARIOS)[number], kind: Generator): Promise<readonly Row[]> {
  const contenders = scenario.contenders.filter(({ server }) => servers?.includes(server) ?? true)
  const rows = contenders.map(({ label }): Row => ({ label, samples: [] }))
  const options = { seconds, generator: kind, folder, environment }
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const row = rows[i]
      if (row === undefined || row.missing !== undefined) continue
      const obstacle = contender.mode === 'pg' ? noDatabase : null
      try {
        if (obstacle !== null) throw new Error(obstacle)
        const sample = await measure(scenario, contender, options)
        row.samples.push(sample)
        process.stderr.write(`${scenario.name} ${contender.label}: ${sample.cpuUs.toFixed(1)} µs\n`)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        process.stderr.write(`${scenario.name} ${contender.label}: ${reason}\n`)
        rows[i] = { ...row, missing: reason.split('\n').slice(0, 3).join(' ') }
      }
    }
  }
  return rows
}

async function measureAtRest(): Promise<import('./report.ts').RestRow[]> {
  const servers = {
    guichet: 'Guichet',
    fastify: 'Fastify',
    hono: 'Hono',
    express: 'Express',
    nest: 'NestJS',
    elysia: 'Elysia (Bun)',
    'raw-http': 'node:http',
  }
  const rows = []
  for (const [name, label] of Object.entries(servers)) {
    const startMs: number[] = []
    for (let i = 0; i < rounds + 2; i++) startMs.push(await measureStart(name, environment))
    rows.push({ label, rest: await measureRest(name, folder, environment), startMs })
  }
  return rows
}

/** Compares with the last full run; what answered with errors was fast for nothing. */
function guard(): boolean {
  const before = existsSync(resultsFile) ? report.parseRatios(readFileSync(resultsFile, 'utf8')) : []
  const wanted = chosen.flatMap(({ name, targets = [] }) => targets.map(({ of, to }) => ({ scenario: name, of, to })))
  const failed = results.flatMap(({ scenario, rows }) =>
    rows
      .filter(({ samples }) => samples.some(({ errors }) => errors > 0))
      .map(({ label }) => `Answered with errors: ${scenario.name}, ${label}`),
  )
  const problems = [...findWorse(wanted, { now: ratios, before }), ...failed]
  const lines =
    problems.length > 0 ? problems : ['No ratio is worse than the one in RESULTS.md by more than 15 % and 0.05']
  process.stdout.write(`${lines.join('\n')}\n`)
  return problems.length === 0
}
