import { main } from './main.ts'

// The first Ctrl-C asks the command to end, a second one ends the process at once.
const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  })
}

const { stdin, stdout, stderr, env } = process
process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, environment: env, signal: controller.signal })
