import { Agent, request } from 'node:http'

/** Writers that never stop asking, and never ask for the same thing twice. */
export interface Load {
  /** What was answered with 201. */
  readonly acknowledged: readonly string[]
  /** How often each other answer came; `no answer` for a connection that was lost. */
  readonly others: ReadonlyMap<string, number>
  /** Resolves with the milliseconds until the next write that was begun from now on is acknowledged. */
  nextSuccess(): Promise<number>
  stop(): Promise<void>
}

const WRITERS = 8

/** Adds stuff with new names to the comics app at `url()` until it is stopped. */
export function startLoad(url: () => string): Load {
  const agent = new Agent({ keepAlive: true })
  const acknowledged: string[] = []
  const others = new Map<string, number>()
  const end = new AbortController()
  let next = 0
  let waiting: { readonly from: number; readonly done: (at: number) => void }[] = []
  const write = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const number = ++next
      const answer = await post(`${url()}/stuff`, `stuff=thing+${number}`, agent)
      if (answer !== '201') {
        others.set(answer, (others.get(answer) ?? 0) + 1)
        await new Promise((resolve) => setTimeout(resolve, 10))
        continue
      }
      acknowledged.push(`thing ${number}`)
      for (const { done } of waiting.filter(({ from }) => number > from)) done(performance.now())
      waiting = waiting.filter(({ from }) => number <= from)
    }
  }
  const writers = Array.from({ length: WRITERS }, write)
  return {
    acknowledged,
    others,
    nextSuccess: async () => {
      const startedAt = performance.now()
      const at = await new Promise<number>((done) => waiting.push({ from: next, done }))
      return at - startedAt
    },
    stop: async () => {
      end.abort()
      await Promise.all(writers)
      agent.destroy()
    },
  }
}

/** The status, with `retry-after` where a 503 has it; node:http repeats nothing by itself. */
function post(url: string, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const outgoing = request(url, { method: 'POST', agent, headers }, (incoming) => {
      const hint = incoming.headers['retry-after'] === undefined ? '' : ' with retry-after'
      incoming.resume()
      incoming.on('end', () => resolve(`${incoming.statusCode}${hint}`))
      incoming.on('error', () => resolve('no answer'))
    })
    outgoing.on('error', () => resolve('no answer'))
    outgoing.end(body)
  })
}
