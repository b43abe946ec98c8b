/** What wrk is given (a script with all requests made beforehand) and how its report is read. */
import type { LoadOptions, LoadResult } from './load.ts'

export function formatWrkScript({ method, paths, headers, tokens, body }: LoadOptions): string {
  const count = Math.max(paths.length, tokens.length, 1)
  const lines = [`local requests = {}`, `local body = ${body === '' ? 'nil' : quote(body)}`]
  lines.push(`local paths = {${paths.map(quote).join(',')}}`, `local tokens = {${tokens.map(quote).join(',')}}`)
  const pairs = Object.entries(headers).map(([name, value]) => `[${quote(name)}]=${quote(value)}`)
  lines.push(
    `function init(args)`,
    `  for i = 1, ${count} do`,
    `    local headers = {${pairs.join(',')}}`,
    `    if #tokens > 0 then headers["authorization"] = tokens[(i - 1) % #tokens + 1] end`,
    `    requests[i] = wrk.format(${quote(method)}, paths[(i - 1) % #paths + 1], headers, body)`,
    `  end`,
    `end`,
  )
  if (count === 1) lines.push(`function request() return requests[1] end`)
  else lines.push(`local n = 0`, `function request() n = n % ${count} + 1; return requests[n] end`)
  lines.push(
    `function done(summary, latency, requests)`,
    `  local e = summary.errors`,
    `  local errors = e.connect + e.read + e.write + e.status + e.timeout`,
    `  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, errors, summary.duration, latency:percentile(50), latency:percentile(99)))`,
    `end`,
  )
  return `${lines.join('\n')}\n`
}

export function parseWrk(text: string): LoadResult {
  const [, requests, errors, us, p50, p99] = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(text) ?? []
  if (requests === undefined) throw new Error(`wrk gave no result:\n${text}`)
  return {
    requests: Number(requests),
    errors: Number(errors),
    seconds: Number(us) / 1e6,
    p50Us: Number(p50),
    p99Us: Number(p99),
  }
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`
}
