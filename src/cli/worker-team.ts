import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { TeamQuestions } from './team-questions.ts'

export interface TeamOptions {
  /** Arguments of `guichet` for one worker. */
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly count: number
  /** How long a worker may take to answer what runs before it is killed. */
  readonly stopTimeoutMs: number
  readonly say: (line: string) => void
}

const REPLACED = 'guichet: another worker listens in your place'

/** In a worker: resolves when the primary has another one in its place. */
export function untilReplaced(): Promise<void> {
  return new Promise((resolve) => {
    if (cluster.isWorker) process.on('message', (message) => message === REPLACED && resolve())
  })
}

/** A worker that lives so long was well: the next death is the first of a new row. */
const WELL_AFTER_MS = 10_000
const WAIT_MIN_MS = 100
const WAIT_MAX_MS = 30_000

/** Processes that share the sockets of one app. Those that die are started again, with growing pauses. */
export class WorkerTeam {
  readonly #options: TeamOptions
  /** Those that should live, with their numbers; one that dies otherwise is replaced. */
  readonly #members = new Map<Worker, number>()
  readonly #questions = new TeamQuestions(this.#members)
  /** Those that do not listen yet. */
  readonly #beginners = new Set<Worker>()
  readonly #ending = new AbortController()
  #deathsInARow = 0
  #starting: Promise<unknown> = Promise.resolve()
  #stopping: Promise<void> | null = null
  #rolling: Promise<void> | null = null
  #isRollWanted = false

  constructor(options: TeamOptions) {
    this.#options = options
    // The workers accept connections themselves, from one queue: one that is handed to a worker which dies at this moment
    // would never be answered, nor closed.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    cluster.setupPrimary({ exec: process.argv[1] ?? '', args: [...options.args] })
  }

  /** Resolves when all listen; with the exit code of the first that ended before it did, null otherwise. */
  async start(): Promise<number | null> {
    const all = Promise.all(Array.from({ length: this.#options.count }, (_, index) => this.#startOne(index + 1)))
    this.#starting = all
    const codes = await all
    const failed = codes.find((code) => code !== null)
    if (failed === undefined) return null
    await this.stop()
    return failed
  }

  /** Replaces all, one after the other: the next one listens before the old one stops. */
  roll(): Promise<void> {
    this.#isRollWanted = true
    return (this.#rolling ??= this.#rollAll().finally(() => (this.#rolling = null)))
  }

  /** Lets all answer what runs, then ends them. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stopAll())
  }

  async #stopAll(): Promise<void> {
    this.#ending.abort()
    const all = [...this.#members.keys(), ...this.#beginners]
    this.#members.clear()
    await Promise.all(all.map((worker) => this.#end(worker)))
  }

  async #rollAll(): Promise<void> {
    await this.#starting
    while (this.#isRollWanted && !this.#ending.signal.aborted) {
      this.#isRollWanted = false
      for (const [old, number] of [...this.#members]) {
        if (this.#ending.signal.aborted) return
        const code = await this.#startOne(number)
        if (code !== null) {
          this.#options.say(`A new worker ended with ${code}: the old ones stay`)
          return
        }
        this.#members.delete(old)
        await this.#end(old, (worker) => worker.send(REPLACED, () => undefined))
      }
      this.#options.say(`${this.#members.size} workers were replaced`)
    }
  }

  /** Null when it listens; its exit code when it ended before. */
  async #startOne(number: number): Promise<number | null> {
    const worker = cluster.fork(this.#options.environment)
    this.#questions.hear(worker)
    const startedAt = performance.now()
    const exited = new Promise<number>((resolve) => worker.once('exit', (code) => resolve(code ?? 1)))
    this.#beginners.add(worker)
    const first = await Promise.race([exited, once(worker, 'listening').then(() => null)])
    this.#beginners.delete(worker)
    if (first !== null) return first
    if (this.#ending.signal.aborted) {
      await this.#end(worker)
      return null
    }
    this.#members.set(worker, number)
    void exited.then((code) => this.#onDeath(worker, code, performance.now() - startedAt))
    return null
  }

  async #onDeath(worker: Worker, code: number, livedMs: number): Promise<void> {
    const number = this.#members.get(worker)
    if (number === undefined) return
    this.#members.delete(worker)
    this.#deathsInARow = livedMs > WELL_AFTER_MS ? 1 : this.#deathsInARow + 1
    const pid = worker.process.pid ?? 0
    for (let hasStarted = false; !hasStarted && !this.#ending.signal.aborted; this.#deathsInARow++) {
      const waitMs = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** (this.#deathsInARow - 1))
      this.#options.say(`Worker ${pid} ended (${worker.process.signalCode ?? code}), another starts in ${waitMs} ms`)
      await sleep(waitMs, undefined, { signal: this.#ending.signal }).catch(() => undefined)
      if (this.#ending.signal.aborted) return
      hasStarted = (await this.#startOne(number)) === null
    }
    this.#deathsInARow--
  }

  async #end(worker: Worker, tell = (one: Worker): unknown => one.process.kill('SIGTERM')): Promise<void> {
    if (worker.isDead()) return
    const exited = once(worker, 'exit')
    tell(worker)
    const timer = setTimeout(() => {
      this.#options.say(
        `Worker ${worker.process.pid ?? 0} did not end in ${this.#options.stopTimeoutMs} ms: it is killed`,
      )
      worker.process.kill('SIGKILL')
    }, this.#options.stopTimeoutMs)
    await exited
    clearTimeout(timer)
  }
}
