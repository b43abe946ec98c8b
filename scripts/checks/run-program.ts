import { spawn } from 'node:child_process'

export interface ProgramResult {
  readonly code: number
  /** What it printed, on both channels, in the order of arrival. */
  readonly output: string
}

export interface ProgramOptions {
  readonly cwd: string
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** After this the program is ended and counts as failed. */
  readonly timeoutMs?: number
}

/** Runs a program to its end and collects what it prints. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, environment = {}, timeoutMs = 300_000 }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    // A test runner inside a test would take part in ours instead of running its own.
    const env = { ...process.env, NO_COLOR: '1', NODE_TEST_CONTEXT: undefined, ...environment }
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    let output = ''
    for (const channel of [child.stdout, child.stderr]) {
      channel.setEncoding('utf8')
      channel.on('data', (text: string) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\nEnded by ${signal}\n` })
    })
  })
}

/** Runs a JavaScript program of npm with our own Node: a `.bin` entry is a shell script on Windows. */
export function runScript(script: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return runProgram(process.execPath, [script, ...args], options)
}
