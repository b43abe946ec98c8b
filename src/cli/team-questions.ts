import cluster, { type Worker } from 'node:cluster'
import type { Team, TeamAnswer } from '../core/team.ts'

/** What the processes of a team say to each other, over the primary. */
type Message =
  | { readonly guichet: 'ask' | 'question'; readonly id: number; readonly topic: string }
  | { readonly guichet: 'answer'; readonly id: number; readonly text: string }
  | { readonly guichet: 'answers'; readonly id: number; readonly answers: readonly TeamAnswer[] }

const ANSWER_MS = 1000

/** In a worker: its place in the team. Null in a process that serves alone. */
export function joinTeam(): Team | null {
  if (!cluster.isWorker) return null
  const topics = new Map<string, () => Promise<string>>()
  const asked = new Map<number, (answers: readonly TeamAnswer[]) => void>()
  let lastId = 0
  const send = (message: Message): void => void process.send?.(message, undefined, undefined, () => undefined)
  process.on('message', (message: unknown) => {
    if (!isMessage(message)) return
    if (message.guichet === 'question') {
      const answer = topics.get(message.topic)
      // Where it fails, the others wait no longer than for a process that is busy.
      answer?.().then(
        (text) => send({ guichet: 'answer', id: message.id, text }),
        () => undefined,
      )
    } else if (message.guichet === 'answers') {
      asked.get(message.id)?.(message.answers)
      asked.delete(message.id)
    }
  })
  return {
    onAsk: (topic, answer) => void topics.set(topic, answer),
    ask: (topic) =>
      new Promise((resolve) => {
        asked.set(++lastId, resolve)
        send({ guichet: 'ask', id: lastId, topic })
      }),
  }
}

/** In the primary: carries the questions of workers to all members, and their answers back. */
export class TeamQuestions {
  readonly #members: ReadonlyMap<Worker, number>
  readonly #open = new Map<number, OpenQuestion>()
  #lastId = 0

  constructor(members: ReadonlyMap<Worker, number>) {
    this.#members = members
  }

  /** Hears what this worker asks and answers. */
  hear(worker: Worker): void {
    worker.on('message', (message: unknown) => {
      if (!isMessage(message)) return
      if (message.guichet === 'ask') this.#ask(worker, message.id, message.topic)
      else if (message.guichet === 'answer') this.#open.get(message.id)?.take(worker, message.text)
    })
  }

  #ask(asker: Worker, askerId: number, topic: string): void {
    const id = ++this.#lastId
    const question = new OpenQuestion(this.#members, (answers) => {
      this.#open.delete(id)
      send(asker, { guichet: 'answers', id: askerId, answers })
    })
    this.#open.set(id, question)
    for (const member of this.#members.keys()) send(member, { guichet: 'question', id, topic })
  }
}

class OpenQuestion {
  readonly #waiting: Map<Worker, number>
  readonly #answers: TeamAnswer[] = []
  readonly #timer: NodeJS.Timeout
  readonly #conclude: (answers: readonly TeamAnswer[]) => void

  constructor(members: ReadonlyMap<Worker, number>, conclude: (answers: readonly TeamAnswer[]) => void) {
    this.#waiting = new Map(members)
    this.#conclude = conclude
    this.#timer = setTimeout(() => conclude(this.#answers), members.size === 0 ? 0 : ANSWER_MS)
  }

  take(worker: Worker, text: string): void {
    const number = this.#waiting.get(worker)
    if (number === undefined) return
    this.#waiting.delete(worker)
    this.#answers.push({ worker: number, text })
    if (this.#waiting.size > 0) return
    clearTimeout(this.#timer)
    this.#conclude(this.#answers)
  }
}

// One that has died meanwhile says so by its exit.
function send(worker: Worker, message: Message): void {
  worker.send(message, () => undefined)
}

// Only these two ends write such messages; what else goes over the channel is not ours.
function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'guichet' in message
}
