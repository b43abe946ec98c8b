import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ListenError } from '../listen/listen-error.ts'
import { DirectoryHeldError } from '../sql/directory-lock.ts'
import { SqlError } from '../sql/sql-error.ts'

/** What is known of an error that Node.js made. */
interface NodeError extends Error {
  readonly code?: string
  readonly port?: number
  readonly address?: string
  readonly hostname?: string
  readonly syscall?: string
  readonly url?: string
}

/** What a person is told of an error that nobody expected: what happened, where in their files, what to do. */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return `guichet: ${String(error)}\n`
  if (error instanceof ListenError) return `guichet: ${error.message}\n`
  const known = explainSystemError(error) ?? explainDatabase(error)
  if (known !== null) return `guichet: ${known}\n`
  return explainImport(error) ?? explainSyntax(error) ?? `${withoutOwnFrames(error)}\n`
}

/** The errors of the system that people meet most, where HTTP listens. */
function explainSystemError({ code, port, address, hostname, syscall }: NodeError): string | null {
  if (code === 'EADDRINUSE')
    return `port ${port} is taken on ${address}: end what listens there, or choose another; that of HTTP is PORT=…`
  if (code === 'EACCES' && port !== undefined) return `port ${port} is reserved: choose one above 1023 with PORT=…`
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine: choose another with HOST=…`
  if (syscall === 'getaddrinfo' && hostname !== undefined)
    return `no address is known for "${hostname}" (${code}): choose another host with HOST=…`
  return null
}

/** A statement that fails before anything is served: its place says more than our own frames. */
function explainDatabase(error: Error): string | null {
  if (error instanceof DirectoryHeldError)
    return `${error.message}\n  end that process first; several at once need a PostgreSQL server: DATABASE_URL=postgres://…`
  if (!(error instanceof SqlError)) return null
  const { where, source, sqlstate, problem } = error
  if (where !== null) return `${where}: ${problem}${sqlstate === '' ? '' : ` (${sqlstate})`}`
  if (source === 'network')
    return `the database cannot be reached: ${problem}\n  start it, or name another with DATABASE_URL`
  // A login or a password that it does not take (class 28), a database that is not there (3D000).
  const isOurs = sqlstate.startsWith('28') || sqlstate === '3D000'
  const advice = isOurs ? '\n  look at user, password and name in DATABASE_URL' : ''
  return `the database refuses: ${problem} (${sqlstate || source})${advice}`
}

function explainImport({ code, message }: NodeError): string | null {
  if (code !== 'ERR_MODULE_NOT_FOUND') return null
  const [, kind, wanted = '', from = ''] =
    /^Cannot find (module|package) '(.+?)' imported from (.+)$/.exec(message) ?? []
  if (kind === undefined) return null
  const place = shortPath(from)
  if (kind === 'package') return `${place}: the package "${wanted}" is not installed\n  run: npm install ${wanted}\n`
  const path = shortPath(wanted)
  if (path.endsWith('.sql.ts')) return `${place}: ${path} is not there yet\n  run: guichet sql\n`
  const ending = /\.[a-z]+$/.test(path) ? '' : '\n  an import names the whole file, with its ending: .ts'
  return `${place}: there is no file ${path}${ending}\n`
}

// A syntax error of the app carries its place and the line only in its stack.
const SYNTAX_PLACE = /^(file:\/\/\S+|\/\S+):(\d+)\n([\s\S]*?)\n+SyntaxError/

function explainSyntax(error: NodeError): string | null {
  if (!(error instanceof SyntaxError) || error.stack === undefined) return null
  const [, file = '', line = '', excerpt = ''] = SYNTAX_PLACE.exec(error.stack) ?? []
  if (file === '') return null
  const advice = adviceOn(error)
  return `${shortPath(file)}:${line}: ${error.message}\n\n${excerpt}\n${advice}`.trimEnd() + '\n'
}

function adviceOn({ code, message }: NodeError): string {
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return '\n  Node.js removes types and runs the rest: no enum, no namespace, no parameter properties'
  return message.endsWith('outside a module') ? '\n  say "type": "module" in the package.json beside it' : ''
}

/** Frames of Node.js and of the framework say nothing to who wrote the app, where there are others. */
function withoutOwnFrames(error: Error): string {
  const [head, ...frames] = (error.stack ?? String(error)).split(/\n(?= {4}at )/)
  const theirs = frames.filter((frame) => !/\(?node:|\/node_modules\/guichet\/|[\\/]src[\\/](cli|app)[\\/]/.test(frame))
  const shown = theirs.length === 0 ? frames : theirs
  return [head, ...shown.map((frame) => frame.replace(/file:\/\/[^\s)]+?(?=:\d)/, shortPath))].join('\n')
}

function shortPath(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  const short = relative('.', path)
  return short === '' || short.startsWith('..') ? path : short
}
