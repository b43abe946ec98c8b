import assert from 'node:assert/strict'
import type { Worker } from 'node:cluster'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { TeamQuestions } from './team-questions.ts'

/** What the primary holds of a worker: what it was sent, and a way to speak for it. */
class Channel extends EventEmitter {
  readonly sent: unknown[] = []
  readonly answer: string | null
  readonly concluded: Promise<unknown>
  #conclude: (answers: unknown) => void

  constructor(answer: string | null) {
    super()
    this.answer = answer
    const { promise, resolve } = Promise.withResolvers()
    this.concluded = promise
    this.#conclude = resolve
  }

  send(message: { readonly guichet: string; readonly id: number }): void {
    this.sent.push(message)
    if (message.guichet === 'answers') this.#conclude(message)
    const { answer } = this
    if (message.guichet !== 'question' || answer === null) return
    setImmediate(() => this.emit('message', { guichet: 'answer', id: message.id, text: answer }))
  }
}

async function answersOf(channels: readonly Channel[]): Promise<unknown> {
  const members = new Map(channels.map((channel, index) => [channel as unknown as Worker, index + 1])) // all that is used
  const questions = new TeamQuestions(members)
  for (const member of members.keys()) questions.hear(member)
  const [asker] = channels
  asker?.emit('message', { guichet: 'ask', id: 7, topic: 'metrics' })
  return asker?.concluded
}

describe('TeamQuestions', () => {
  it('brings back what all members answer, the asker too', async () => {
    assert.deepEqual(await answersOf([new Channel('one'), new Channel('two')]), {
      guichet: 'answers',
      id: 7,
      answers: [
        { worker: 1, text: 'one' },
        { worker: 2, text: 'two' },
      ],
    })
  })

  it('leaves out who does not answer in time', async () => {
    assert.deepEqual(await answersOf([new Channel('one'), new Channel(null)]), {
      guichet: 'answers',
      id: 7,
      answers: [{ worker: 1, text: 'one' }],
    })
  })

  it('overlooks messages that are not its own', () => {
    const channel = new Channel(null)
    const member = channel as unknown as Worker // all that is used
    new TeamQuestions(new Map([[member, 1]])).hear(member)
    for (const message of [null, 'text', 1, {}, { cmd: 'other' }]) channel.emit('message', message)
    assert.deepEqual(channel.sent, [])
  })
})
