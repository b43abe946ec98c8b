/** What the system's accounting says of a process and all that it started. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** User and system time of the whole tree in microseconds, of its ended and awaited children too. */
export function cpuUsOf(pid: number): number {
  let ticks = 0
  for (const one of treeOf(pid)) {
    const fields = fieldsOf(one)
    // proc(5): utime, stime, cutime, cstime are fields 14 to 17; the list starts at field 3.
    for (const i of [11, 12, 13, 14]) ticks += Number(fields[i] ?? 0)
  }
  return (ticks / TICKS_PER_SECOND) * 1e6
}

/** Resident memory of the whole tree in bytes. */
export function residentBytesOf(pid: number): number {
  return treeOf(pid).reduce(
    (sum, one) => sum + Number(/VmRSS:\s+(\d+)/.exec(readProc(one, 'status'))?.[1] ?? 0) * 1024,
    0,
  )
}

function treeOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(fieldsOf(Number(name))[1] ?? 0)
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = [pid]
  for (const one of tree) tree.push(...(children.get(one) ?? []))
  return tree
}

function fieldsOf(pid: number): readonly string[] {
  const text = readProc(pid, 'stat')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return '' // it has ended
  }
}
