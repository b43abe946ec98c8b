import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../../bin/guichet.mjs', import.meta.url))

/** A `guichet` process of a test. */
export interface Running {
  readonly child: ChildProcess
  readonly url: string
  /** All that it has printed so far. */
  readonly output: () => string
  /** Resolves with the exit code, null after a signal. */
  readonly exited: Promise<number | null>
}

/** Starts an app with `guichet run` and waits until it says where it listens. */
export async function runApp(
  file: string,
  environment: Readonly<Record<string, string>>,
  options: readonly string[] = ['--no-watch'],
): Promise<Running> {
  const { child, output, exited } = spawnGuichet(['run', ...options, file], { PORT: '0', ...environment })
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const found = /listens on (http:\/\/[^\s,]+)/.exec(output())?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout?.on('data', look)
    void exited.then((code) => reject(new Error(`It ended with ${code}:\n${output()}`)))
  })
  return { child, url, output, exited }
}

/** Starts `guichet` with the arguments. */
export function spawnGuichet(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Omit<Running, 'url'> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: {
      ...process.env,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      NO_COLOR: '1',
      NODE_OPTIONS: '',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (part: Buffer) => (text += part.toString()))
  child.stderr.on('data', (part: Buffer) => (text += part.toString()))
  const exited = once(child, 'exit').then(([code]) => code as number | null) // `exit` gives code and signal
  return { child, output: () => text, exited }
}
