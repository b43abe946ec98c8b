import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { localTls } from '../app/tls-files.ts'
import type { CertificateFiles } from '../listen/tls-contexts.ts'
import { authorityFolder, type KeptAuthority, openAuthority, writePair } from './authority-store.ts'
import { createCertificate } from './certificates.ts'
import { type CommandIo, CommandError, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'
import { isLocalHost, LOCAL_NAMES } from './local-hosts.ts'
import { formatTrustHelp, isTrustSystem } from './trust-help.ts'

const BASE_HOSTS = ['localhost', '127.0.0.1', '::1']
// Browsers refuse longer ones.
const DAYS_MAX = 397

/** What `guichet cert` does. */
export async function runCert(args: readonly string[], io: CommandIo): Promise<number> {
  const plan = await readPlan(args, io)
  const nowMs = Date.now()
  const authority = await openAuthority(plan.authority, nowMs)
  const made = await createCertificate(authority, { hosts: plan.hosts, nowMs, days: plan.days })
  await writePair(plan.out, [plan.certFile, plan.keyFile], made)
  io.stdout.write(formatOutcome(plan, authority, made.certificate))
  return 0
}

interface CertPlan extends CertificateFiles {
  readonly hosts: readonly string[]
  /** Those of the app for which a local authority may not vouch. */
  readonly publicHosts: readonly string[]
  readonly out: string
  /** Whether `out` is where `tls: 'local'` looks. */
  readonly isUsual: boolean
  readonly authority: string
  readonly days: number
}

async function readPlan(args: readonly string[], io: CommandIo): Promise<CertPlan> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: 'string' }, authority: { type: 'string' }, days: { type: 'string', default: '365' } },
  })
  const files = positionals.filter((word) => /\.[cm]?[jt]s$/.test(word))
  if (files.length > 1) throw new UsageError('guichet cert takes one app file')
  const [file] = files
  const declared = file === undefined ? [] : await declaredHosts(file)
  const named = positionals.filter((word) => word !== file).map(bareHost)
  const days = Number(values.days)
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX)
    throw new UsageError(`--days is 1 to ${DAYS_MAX}, not ${values.days}`)
  const hosts = [...new Set([...BASE_HOSTS, ...declared.filter(isLocalHost), ...named])]
  for (const host of hosts) checkHost(host)
  const { folder, certFile, keyFile } = localTls(file === undefined ? '.' : dirname(file))
  return {
    certFile,
    keyFile,
    hosts,
    publicHosts: declared.filter((host) => !isLocalHost(host)),
    out: resolve(values.out ?? folder),
    isUsual: values.out === undefined,
    authority: resolve(values.authority ?? authorityFolder(io.environment, process.platform)),
    days,
  }
}

/** The hosts of an app; a star alone is no name to certify. */
async function declaredHosts(file: string): Promise<readonly string[]> {
  const { declarations } = await loadApp(file)
  return declarations.flatMap(({ host }) => (host === null || host === '*' ? [] : [bareHost(host)]))
}

function bareHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$|\.$/g, '')
}

function checkHost(host: string): void {
  const isName = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/.test(host)
  if (isIP(host) === 0 && !isName) throw new UsageError(`"${host}" is neither a host name nor an address`)
  if (isLocalHost(host)) return
  throw new CommandError(
    `Cannot certify "${host}": a local authority vouches for ${LOCAL_NAMES.join(', ')}, names under them, and private ` +
      'addresses. For a public name, get a certificate from a public authority and give its files to "tls".',
  )
}

function formatOutcome(plan: CertPlan, authority: KeptAuthority, certificate: string): string {
  const { hosts, publicHosts, out, certFile, keyFile, isUsual } = plan
  const until = new X509Certificate(certificate).validToDate.toISOString().slice(0, 10)
  const lines = [
    `Authority    ${authority.path}${authority.isNew ? '  (new: no system trusts it yet)' : ''}`,
    `Certificate  ${join(out, certFile)}`,
    `For          ${hosts.join(', ')}`,
    `Until        ${until}`,
    ...(publicHosts.length === 0
      ? []
      : [`Left out     ${[...new Set(publicHosts)].join(', ')}: a local authority does not vouch for public names`]),
    // Such a star would be for a whole top-level domain.
    ...hosts
      .filter((host) => /^\*\.[^.]+$/.test(host))
      .map(
        (host) =>
          `Mind         ${host}: browsers take no star before a single name; add each host: guichet cert … a${host.slice(1)}`,
      ),
    '',
    `Serve with it: ${isUsual ? "guichet({ …, tls: 'local' })" : `GUICHET_TLS=${[certFile, keyFile].map((file) => join(out, file)).join(',')}`}`,
    '',
    'Browsers accept it once they trust the authority. That is done once:',
    '',
    ...(isTrustSystem(process.platform) ? [formatTrustHelp(process.platform, authority.path)] : [authority.path]),
  ]
  return `${lines.join('\n')}\n`
}
