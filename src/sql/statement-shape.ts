import { tokenizeSql } from './sql-tokens.ts'

/** What the words of a statement tell about its result; where they do not tell, it is the answer that promises less. */
export interface StatementShape {
  /** It gives exactly one row, whatever the data. */
  readonly isOneRow: boolean
  /** A column that its table declares NOT NULL may still be null: an outer join, a grouping set, the row before. */
  readonly mayLoseNotNull: boolean
  /** One for each column, true where it comes from a table that no outer join of the statement can leave out. */
  readonly keepsNotNull: readonly boolean[] | null
  /** One for each column, true where its expression is never null; null where the columns cannot be told apart. */
  readonly neverNull: readonly boolean[] | null
}

interface Word {
  /** Upper case; a string or number is `'`, a quoted name `"`. */
  readonly text: string
  readonly depth: number
}

const SETS = ['UNION', 'INTERSECT', 'EXCEPT']
const LIST_END = [
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'WINDOW',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
  'FOR',
  'INTO',
  ...SETS,
]
const LOSING = ['LEFT', 'RIGHT', 'FULL', 'ROLLUP', 'CUBE', 'SETS', 'OLD', 'NEW']
const AGGREGATES = ['COUNT', 'SUM', 'MAX', 'MIN', 'AVG', 'BOOL_OR', 'BOOL_AND', 'EVERY', 'STRING_AGG', 'ARRAY_AGG']
const CONSTANTS = ["'", 'TRUE', 'FALSE', 'CURRENT_TIMESTAMP', 'CURRENT_DATE', 'CURRENT_USER', 'LOCALTIMESTAMP']
const PLAIN = /^(?:[A-Z_][A-Z0-9_]*|::|[()"])$/

/** Reads the shape of one statement. */
export function readStatementShape(text: string): StatementShape {
  const words = readWords(text)
  const items = readItems(words)
  return {
    isOneRow: isOneRow(words, items),
    mayLoseNotNull: words.some((word) => LOSING.includes(word.text)),
    keepsNotNull: items === null ? null : readKept(words, items),
    neverNull: items === null ? null : items.map(isNeverNull),
  }
}

function readWords(text: string): Word[] {
  const words: Word[] = []
  let depth = 0
  for (const { kind, start, end } of tokenizeSql(text)) {
    const part = text.slice(start, end)
    if (kind === 'space' || kind.endsWith('comment')) continue
    if (part === ')') depth -= 1
    const literal = kind === 'string' || kind === 'number' ? "'" : kind === 'quoted' ? '"' : part.toUpperCase()
    words.push({ text: literal, depth })
    if (part === '(') depth += 1
  }
  return words
}

/** In `FROM a JOIN b … LEFT JOIN c …` the rows of `a` and `b` are always there; those of `c` may be missing. */
function readKept(words: readonly Word[], items: readonly Word[][]): readonly boolean[] | null {
  const from = words.findIndex((word) => isTop(word) && word.text === 'FROM')
  const left = words.findIndex((word) => isTop(word) && word.text === 'LEFT')
  if (words[0]?.text !== 'SELECT' || from < 0 || left < from) return null
  const isLeftJoin = (at: number): boolean => ['JOIN', 'OUTER'].includes(words[at + 1]?.text ?? '')
  const isOther = (word: Word, at: number): boolean =>
    LOSING.includes(word.text) && !(word.text === 'LEFT' && isTop(word) && isLeftJoin(at))
  if (words.some(isOther)) return null
  const names = (part: readonly Word[]): ReadonlySet<string> =>
    new Set(part.filter((word, at) => isTop(word) && part[at + 1]?.text !== '.').map(({ text }) => text))
  const before = names(words.slice(from + 1, left))
  // A bare column of an ON clause may have the name of a table that is joined later: then nothing is promised.
  const after = names(words.slice(left))
  return items.map(([table, dot, , ...alias]) => {
    const name = dot?.text === '.' ? (table?.text ?? '') : ''
    return /^[A-Z_]/.test(name) && before.has(name) && !after.has(name) && isAliasOnly(alias)
  })
}

const isTop = (word: Word): boolean => word.depth === 0

function hasTop(words: readonly Word[], ...texts: string[]): boolean {
  return words.some((word) => isTop(word) && texts.includes(word.text))
}

/** The expressions of the one select list or RETURNING list; null where there is `*`, or more than one list. */
function readItems(words: readonly Word[]): Word[][] | null {
  if (hasTop(words, ...SETS, 'WITH')) return null
  const start = words.findIndex((word) => isTop(word) && (word.text === 'RETURNING' || word.text === 'SELECT'))
  const isReturning = words[start]?.text === 'RETURNING'
  if (start < 0 || (!isReturning && start > 0)) return null
  const rest = words.slice(start + 1)
  const end = isReturning ? -1 : rest.findIndex((word) => isTop(word) && LIST_END.includes(word.text))
  const items = splitByComma(end < 0 ? rest : rest.slice(0, end))
  return items.some((item) => item.at(-1)?.text === '*') || items[0]?.[0]?.text === 'DISTINCT' ? null : items
}

function splitByComma(words: readonly Word[]): Word[][] {
  const parts: Word[][] = [[]]
  for (const word of words) {
    if (isTop(word) && word.text === ',') parts.push([])
    else parts.at(-1)?.push(word)
  }
  return parts
}

function isNeverNull(item: readonly Word[]): boolean {
  const [first, second] = item
  if (first === undefined) return false
  if (first.text === 'NOT') return second?.text === 'EXISTS' && isNeverNull(item.slice(1))
  if (CONSTANTS.includes(first.text)) return isAliasOnly(item.slice(1))
  if (isNullTest(item)) return true
  if (second?.text !== '(') return false
  const close = item.findIndex((word, index) => index > 1 && word.depth === second.depth && word.text === ')')
  const isCounting = first.text === 'COUNT' || first.text === 'EXISTS'
  return (isCounting || isCoalesceToConstant(item.slice(0, close))) && isAliasOnly(item.slice(close + 1))
}

/** `l.lid IS NULL`, `returned IS NOT NULL AS is_over`: true or false of any column. */
function isNullTest(item: readonly Word[]): boolean {
  const rest = item.slice(item[1]?.text === '.' ? 3 : 1)
  const last = rest[1]?.text === 'NOT' ? 2 : 1
  return rest[0]?.text === 'IS' && rest[last]?.text === 'NULL' && isAliasOnly(rest.slice(last + 1))
}

const COMPUTING = ['AND', 'OR', 'IS', 'IN', 'AT', 'COLLATE', 'OPERATOR', 'LIKE', 'ILIKE', 'BETWEEN', 'NULL']

/** `AS total`, `total`, `::int`, `FILTER (…)`, `OVER (…)`: nothing that computes further at this depth. */
function isAliasOnly(words: readonly Word[]): boolean {
  return words.filter(isTop).every(({ text }) => PLAIN.test(text) && !COMPUTING.includes(text))
}

function isCoalesceToConstant(call: readonly Word[]): boolean {
  const last = call.at(-1)
  return call[0]?.text === 'COALESCE' && call.at(-2)?.text === ',' && last?.depth === 1 && CONSTANTS.includes(last.text)
}

function isOneRow(words: readonly Word[], items: readonly Word[][] | null): boolean {
  if (items === null) return false
  if (words[0]?.text === 'INSERT') return isInsertOfOne(words)
  if (words[0]?.text !== 'SELECT' || hasTop(words, 'GROUP', 'HAVING', 'LIMIT', 'OFFSET', 'FETCH')) return false
  if (items.every(isAggregate)) return true
  // Without a table there is one row, unless an expression gives several: only what is known is trusted.
  return !hasTop(words, 'FROM', 'WHERE') && items.every(isNeverNull)
}

function isAggregate(item: readonly Word[]): boolean {
  const isCall = item.some(({ text }, index) => AGGREGATES.includes(text) && item[index + 1]?.text === '(')
  return isCall && !item.some(({ text }) => text === 'SELECT' || text === 'OVER')
}

function isInsertOfOne(words: readonly Word[]): boolean {
  const values = words.findIndex((word) => isTop(word) && word.text === 'VALUES')
  if (values < 0 || hasTop(words, 'ON', 'SELECT')) return false
  const rest = words.slice(values + 1)
  const end = rest.findIndex((word) => isTop(word) && word.text === 'RETURNING')
  return splitByComma(rest.slice(0, end)).length === 1
}
