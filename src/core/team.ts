/** What one process of a team answered. */
export interface TeamAnswer {
  /** Which of them: from 1, and a process that takes the place of another has its number. */
  readonly worker: number
  readonly text: string
}

/** The processes that serve one app together (`--workers`). Each answers calls of its own and has its own memory. */
export interface Team {
  /** Says how this process answers a question. */
  onAsk(topic: string, answer: () => Promise<string>): void
  /** The answers of all processes, this one included. Those that do not answer within a second are left out. */
  ask(topic: string): Promise<readonly TeamAnswer[]>
}
