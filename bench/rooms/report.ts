/** ROOMS.md from what was measured. */
import { cpus, release } from 'node:os'
import { median } from '../report.ts'
import type { Dialect } from './dialect.ts'

export interface Delivery {
  readonly label: string
  readonly dialect: Dialect
  /** Members that speak at the same time. */
  readonly speakers: number
  /** Rooms beside the one that speaks, each with one silent member. */
  readonly others: number
  readonly cpuUs: number[]
}

export interface Idle {
  readonly label: string
  /** False: each connection in a room of its own. */
  readonly isOneRoom: boolean
  readonly heapKb: number
}

export interface RoomsRun {
  readonly deliveries: readonly Delivery[]
  readonly idle: readonly Idle[]
  readonly rounds: number
  readonly clients: number
  readonly connections: number
  readonly messages: number
  readonly load: number
  readonly cores: number
}

const us = (value: number): string => value.toFixed(2)

export function formatRooms(run: RoomsRun): string {
  const { deliveries } = run
  const alone = deliveries.filter(({ speakers, others }) => speakers === 1 && others === 0)
  const together = deliveries.filter(({ speakers }) => speakers > 1)
  const beside = deliveries.filter(({ others }) => others > 0)
  const [few, many] = beside.map(({ cpuUs }) => median(cpuUs))
  const heap = Math.max(...run.idle.filter(({ label }) => label === 'Guichet').map(({ heapKb }) => heapKb))
  const targets: readonly (readonly [string, number, number, string])[] = [
    ['a delivery, against bare ws', ratioIn(alone, 'bare ws'), 1.15, ''],
    ['a delivery, against Socket.IO', ratioIn(alone, 'Socket.IO'), 0.6, ''],
    ['a delivery, ten speaking at once, against bare ws', ratioIn(together, 'bare ws'), 1.15, ''],
    ['a delivery, ten speaking at once, against Socket.IO', ratioIn(together, 'Socket.IO'), 0.6, ''],
    ['a delivery beside 10,000 other rooms, against beside 10', (many ?? NaN) / (few ?? NaN), 1.1, ''],
    ['heap of an idle connection', heap, 12, ' kB'],
  ]
  const [cpu] = cpus()
  return `# Rooms

Written by \`npm run bench -- --rooms\`.

- ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${cpu?.model ?? 'unknown processor'}, ${run.cores} cores, Linux ${release()}
- ${run.rounds} rounds, servers in turn, each started anew; medians, with their ranges; a ratio is the median of the ratios in each round
- load average at the end: ${run.load.toFixed(1)} on ${run.cores} cores (1 is the server, 1 the generator; more: other processes ran beside it)

## What was to be reached

| what | measured | wanted at most | |
| --- | ---: | ---: | --- |
${targets.map(([what, value, max, unit]) => `| ${what} | ${value.toFixed(unit === '' ? 2 : 1)}${unit} | ${max}${unit} | ${value <= max ? 'reached' : 'missed'} |`).join('\n')}

## One room

${run.clients.toLocaleString('en')} WebSocket clients in one room hear messages of 100 bytes. The figure is the time of the server's processor (user
and system) for one message that one client hears. Most of it is the call of the system that writes to a socket.

One member says ${run.messages} messages, each when all have heard the one before:

${formatTable(alone)}
Ten members say one message each at the same moment, ${run.messages / 10} times:

${formatTable(together)}
One member speaks; beside the room there are others with a silent member each:

| other rooms | CPU µs a delivery | range |
| ---: | ---: | ---: |
${beside.map(({ others, cpuUs }) => `| ${others.toLocaleString('en')} | ${us(median(cpuUs))} | ${rangeOf(cpuUs)} |`).join('\n')}

## Idle connections

${run.connections.toLocaleString('en')} WebSockets that say nothing: heap of the server for each, after a garbage collection.

| server | rooms | heap kB |
| --- | --- | ---: |
${run.idle.map(({ label, isOneRoom, heapKb }) => `| ${label} | ${isOneRoom ? 'one' : 'as many'} | ${heapKb.toFixed(1)} |`).join('\n')}
`
}

function formatTable(rows: readonly Delivery[]): string {
  const base = median(rows[0]?.cpuUs ?? [])
  const lines = rows.map(
    ({ label, cpuUs }) => `| ${label} | ${us(median(cpuUs))} | ${rangeOf(cpuUs)} | ${us(median(cpuUs) / base)} |`,
  )
  return `| server | CPU µs a delivery | range | of bare ws |\n| --- | ---: | ---: | ---: |\n${lines.join('\n')}\n`
}

function rangeOf(values: readonly number[]): string {
  return `${us(Math.min(...values))} to ${us(Math.max(...values))}`
}

/** Guichet against another, round by round: what else ran in a round slowed both. */
function ratioIn(rows: readonly Delivery[], other: string): number {
  const of = (label: string): readonly number[] => rows.find((row) => row.label === label)?.cpuUs ?? []
  const others = of(other)
  return median(of('Guichet').map((value, round) => value / (others[round] ?? NaN)))
}
