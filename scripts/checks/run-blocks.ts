import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import type { LaidOutProgram } from './compile-blocks.ts'
import type { Finding } from './finding.ts'
import type { CodeBlock } from './markdown-code.ts'

const TIMEOUT_MS = 60_000

// npx would look for a package of the folder's own, then ask the network.
const PRELUDE = 'set -euo pipefail\nnpx() { "$@"; }\n'

/** Runs the blocks marked `run` in the folder of their program, in the order of the page. */
export async function runBlocks(root: string, program: LaidOutProgram): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const block of program.runs) {
    const failure = await runBlock(root, program, block)
    if (failure !== null) findings.push({ where: `${block.page}:${block.line}`, what: failure })
  }
  return findings
}

function runBlock(root: string, program: LaidOutProgram, block: CodeBlock): Promise<string | null> {
  const file = block.name ?? `block-${block.line}.ts`
  if (block.language === 'sh') return runIn(root, program.folder, { name: 'bash', args: ['-c', PRELUDE + block.text] })
  const args = ['--conditions=guichet-source', ...(file.endsWith('.test.ts') ? ['--test'] : []), file]
  return runIn(root, program.folder, { name: process.execPath, args })
}

interface Program {
  readonly name: string
  readonly args: readonly string[]
}

/** Gives what went wrong, or null. What the block left running (a server, for example) is ended with it. */
function runIn(root: string, cwd: string, { name, args }: Program): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      NO_COLOR: '1',
      NODE_TEST_CONTEXT: undefined,
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    }
    const child = spawn(name, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const timer = setTimeout(() => endGroup(child.pid), TIMEOUT_MS)
    let output = ''
    for (const channel of [child.stdout, child.stderr])
      channel.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('exit', () => endGroup(child.pid))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const end = signal === null ? `code ${code}` : signal
      resolve(code === 0 ? null : `this block ended with ${end}:\n${output.trim()}`)
    })
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}
