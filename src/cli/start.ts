import { main } from './main.ts'

const IMPATIENT_MS = 1000

// The first Ctrl-C asks the command to end, a later one ends the process at once. One key press may arrive more than
// once: the terminal signals the whole group, and a parent such as npm forwards it too.
const controller = new AbortController()
let askedAtMs = 0
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (!controller.signal.aborted) {
      askedAtMs = performance.now()
      controller.abort()
    } else if (performance.now() - askedAtMs > IMPATIENT_MS) process.exit(130)
  })
}

const { stdin, stdout, stderr, env } = process
// Who reads the output may have seen enough (`guichet audit app.ts | head`): that is no error. A server goes on serving.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  if (process.argv[2] !== 'run') process.exit(0)
})
const code = await main(process.argv.slice(2), { stdin, stdout, stderr, environment: env, signal: controller.signal })
process.exitCode = code
// A peer that is frozen may hold a socket half open for minutes: nothing waits for it once the command has ended.
setTimeout(() => process.exit(code), IMPATIENT_MS).unref()
