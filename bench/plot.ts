/** The picture: for each scenario, the time of the processor that each server needs for one request. */
import type { Result } from './report.ts'
import { median } from './report.ts'

const [WIDTH, LEFT, BAR, GAP] = [760, 190, 18, 8]
const COLOURS: Readonly<Record<string, string>> = { Guichet: '#0b6e4f', 'Guichet, audit': '#3fa27c' }

export function formatPlot(results: readonly Result[]): string {
  const parts = [
    `<text x="8" y="24" class="h">CPU time of the server for one request</text>`,
    `<text x="8" y="43" class="a">Shorter is better. Bars are medians, lines go from the best round to the worst.</text>`,
  ]
  let y = 80
  for (const { scenario, rows } of results) {
    const bars = rows
      .filter(({ samples }) => samples.length > 0)
      .map(({ label, samples }) => ({ label, cpu: samples.map(({ cpuUs }) => cpuUs) }))
    if (bars.length === 0) continue
    const max = Math.max(...bars.flatMap(({ cpu }) => cpu))
    parts.push(
      `<text x="8" y="${y}" class="t">${escape(scenario.name)}</text><text x="${LEFT}" y="${y}" class="a">${escape(scenario.about)}</text>`,
    )
    y += 10
    for (const { label, cpu } of bars) {
      const value = median(cpu)
      const scale = (one: number): number => LEFT + (one / max) * (WIDTH - LEFT - 90)
      const colour =
        COLOURS[label] ??
        (label.startsWith('Guichet') ? '#3fa27c' : label.startsWith('Fastify') ? '#8a8f98' : '#c3c7cd')
      parts.push(
        `<text x="${LEFT - 6}" y="${y + 13}" class="l">${escape(label)}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${(scale(value) - LEFT).toFixed(1)}" height="${BAR}" fill="${colour}"/>`,
        `<line x1="${scale(Math.min(...cpu)).toFixed(1)}" x2="${scale(Math.max(...cpu)).toFixed(1)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}" stroke="#222"/>`,
        `<text x="${(scale(Math.max(...cpu)) + 8).toFixed(1)}" y="${y + 13}" class="v">${value >= 100 ? value.toFixed(0) : value.toFixed(1)} µs</text>`,
      )
      y += BAR + GAP / 2
    }
    y += 26
  }
  const style =
    'text{font:12px sans-serif;fill:#222}.h{font-weight:bold;font-size:18px}.t{font-weight:bold;font-size:14px}.a{fill:#666}.l{text-anchor:end}'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}"><style>${style}</style><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
