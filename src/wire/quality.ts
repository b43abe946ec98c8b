/** One member of a list with weights: `br;q=0.8`. */
export interface Weighted {
  /** Lower-case, without parameters. */
  readonly value: string
  /** 0 to 1; 0 means "not this one". */
  readonly weight: number
}

// A longer list is cut: nobody needs it, and each member costs time.
const MEMBERS_MAX = 64

/** Reads `Accept`, `Accept-Encoding` or `Accept-Language` (RFC 9110 section 12.4.2), the best first, ties in order. */
export function parseWeighted(field: string): readonly Weighted[] {
  const members: Weighted[] = []
  for (const member of field.split(',', MEMBERS_MAX)) {
    const [name = '', ...params] = member.split(';')
    const value = name.trim().toLowerCase()
    if (value !== '') members.push({ value, weight: weightOf(params) })
  }
  return members.toSorted((a, b) => b.weight - a.weight)
}

function weightOf(params: readonly string[]): number {
  for (const param of params) {
    const match = /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(param)
    if (match !== null) return Math.min(1, Number(match[1]))
  }
  return 1
}

/** Weight of each of `choices` by a list; `*` stands for those that are not named. */
export function weighChoices(field: string, choices: readonly string[]): readonly number[] {
  const members = parseWeighted(field)
  const rest = members.find(({ value }) => value === '*')?.weight ?? 0
  return choices.map((choice) => members.find(({ value }) => value === choice)?.weight ?? rest)
}

/** The best language among `choices` for an `Accept-Language` (RFC 4647 section 3.4 lookup); the first by default. */
export function chooseLanguage(field: string | undefined, choices: readonly string[]): string {
  for (const { value, weight } of field === undefined ? [] : parseWeighted(field)) {
    if (weight === 0) continue
    let range = value
    while (range !== '') {
      const found = choices.find((choice) => choice.toLowerCase() === range)
      if (found !== undefined) return found
      range = range.slice(0, Math.max(0, range.lastIndexOf('-')))
    }
  }
  return choices[0] ?? ''
}

/** True when an `Accept` asks for HTML at least as much as for JSON: a browser does, an API client does not. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const { html, json } = weighPages(accept)
  return html > 0 && html >= json
}

/** True when an `Accept` names JSON, and likes it better than HTML. */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const { html, json } = weighPages(accept)
  return json > html
}

function weighPages(accept: string): { readonly html: number; readonly json: number } {
  const members = parseWeighted(accept)
  const weigh = (type: string): number => members.find(({ value }) => value === type)?.weight ?? 0
  return {
    html: Math.max(weigh('text/html'), weigh('application/xhtml+xml')),
    json: Math.max(weigh('application/json'), weigh('application/problem+json')),
  }
}
