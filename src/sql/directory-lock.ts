import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'

/** The right to open a directory, held until `release`. */
export interface DirectoryLock {
  /** Gives the directory free. A second call does nothing. */
  release(): void
}

interface Holder {
  readonly pid: number
  /** When the process started, in the system's own clock ticks since boot; empty where the system does not tell. */
  readonly started: string
  readonly host: string
}

/** Who holds a directory that somebody else wanted. */
export class DirectoryHeldError extends Error {
  readonly pid: number

  constructor(directory: string, file: string, { pid, host }: Holder) {
    const who =
      pid === process.pid ? 'this process' : host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`
    const hint = host === hostname() ? '' : `; if that process is gone, remove "${file}"`
    super(`Cannot open the embedded database in "${directory}": ${who} has it open${hint}`)
    this.name = 'DirectoryHeldError'
    this.pid = pid
  }
}

const TAKEOVER_MS = 10_000

/**
 * Takes a directory for this process by a file beside it, `<directory>.lock`. The lock of a process that is gone is
 * taken over: a pid alone does not name a process, since numbers are used again, so the start time is compared too.
 * Throws a `DirectoryHeldError` when a live process has it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const file = `${directory}.lock`
  mkdirSync(dirname(file), { recursive: true })
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: hostname() } satisfies Holder)
  if (!tryCreate(file, own)) takeOver(directory, file, own)
  let isHeld = true
  return {
    release: () => {
      if (isHeld && readText(file) === own) rmSync(file, { force: true })
      isHeld = false
    },
  }
}

/** Creates a file with its content in one step: nobody sees it half written, and one of two who try wins. */
function tryCreate(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, content)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    unlinkSync(draft)
  }
}

/** Two processes may find the same stale lock: only the one that has the takeover file may replace it. */
function takeOver(directory: string, file: string, own: string): void {
  const holder = readHolder(file)
  if (holder !== null && isAlive(holder)) throw new DirectoryHeldError(directory, file, holder)
  const takeover = `${file}.takeover`
  if (ageMs(takeover) > TAKEOVER_MS) rmSync(takeover, { force: true })
  const current = (): Holder => readHolder(file) ?? { pid: 0, started: '', host: hostname() }
  if (!tryCreate(takeover, own)) throw new DirectoryHeldError(directory, file, readHolder(takeover) ?? current())
  try {
    const now = readHolder(file)
    if (now !== null && isAlive(now)) throw new DirectoryHeldError(directory, file, now)
    rmSync(file, { force: true })
    if (!tryCreate(file, own)) throw new DirectoryHeldError(directory, file, current())
  } finally {
    rmSync(takeover, { force: true })
  }
}

function readHolder(file: string): Holder | null {
  const text = readText(file)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { pid, started, host } = value as Partial<Record<keyof Holder, unknown>> // just checked: an object
    return typeof pid === 'number' && typeof started === 'string' && typeof host === 'string'
      ? { pid, started, host }
      : null
  } catch (error) {
    // A power cut can leave an empty file: nobody alive writes such a one.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** A holder on another machine (a shared volume) cannot be asked: it counts as alive. */
function isAlive({ pid, started, host }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false
  }
  return startOf(pid) === started
}

/** Field 22 of `/proc/<pid>/stat`, after the name in parentheses, which may hold spaces; empty elsewhere than Linux. */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return null
    throw error
  }
}

function ageMs(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
