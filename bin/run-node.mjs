import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

/**
 * Becomes `node` with the arguments: where the system can, this process is replaced and keeps its number. Elsewhere a
 * child takes its place: signals go to it, its exit code or signal is ours.
 */
export function becomeNode(node, args, environment = process.env) {
  if (canReplace()) process.execve(node, [node, ...args], environment)
  const child = spawn(node, args, { stdio: 'inherit', env: environment })
  for (const signal of FORWARDED) listen(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`Cannot start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => end(code, signal))
}

/** On other systems than Linux what `execve` leaves open or loses has not been tried. */
function canReplace() {
  return process.platform === 'linux' && typeof process.execve === 'function'
}

function listen(signal, forward) {
  try {
    process.on(signal, forward)
  } catch {
    // Windows knows fewer signals: what it does not know does not arrive either.
  }
}

function end(code, signal) {
  if (signal === null) process.exit(code ?? 1)
  for (const name of FORWARDED) process.removeAllListeners(name)
  process.kill(process.pid, signal)
  // Where the signal did not end us, say as a shell does which one it was.
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 200)
}
