import { AssertionError, deepStrictEqual } from 'node:assert'
import { type TestReply, type TestRequest, formatExchange } from './exchange.ts'
import type { Expectation } from './request-options.ts'

/** Throws an `AssertionError` that shows the whole exchange where the reply is not what is expected. */
export function checkReply(request: TestRequest, reply: TestReply, expected: number | Expectation): void {
  const wanted: Expectation = typeof expected === 'number' ? { status: expected } : expected
  const problems = [...findProblems(reply, wanted)]
  if (problems.length === 0) return
  const message = `${request.method} ${request.target}: ${problems.join('; ')}\n\n${formatExchange(request, reply)}\n`
  throw new AssertionError({ message, actual: reply.status, expected: wanted.status, stackStartFn: checkReply })
}

function* findProblems(reply: TestReply, wanted: Expectation): Generator<string> {
  if (wanted.status !== undefined && reply.status !== wanted.status) {
    yield `status ${reply.status}, expected ${wanted.status}`
  }
  if ('json' in wanted) yield* jsonProblem(reply, wanted.json)
  if (wanted.text !== undefined && !holds(reply.text, wanted.text))
    yield `the body does not hold ${String(wanted.text)}`
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    const actual = reply.header(name)
    if (actual === undefined || !holds(actual, value))
      yield `header ${name}: ${actual ?? 'absent'}, expected ${String(value)}`
  }
  if (wanted.check !== undefined) yield* problemOf(() => wanted.check?.(reply))
}

function holds(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)
}

function* jsonProblem(reply: TestReply, wanted: unknown): Generator<string> {
  yield* problemOf(() => deepStrictEqual(reply.json, wanted))
}

function* problemOf(run: () => void): Generator<string> {
  try {
    run()
  } catch (error) {
    yield error instanceof Error ? error.message : String(error)
  }
}
