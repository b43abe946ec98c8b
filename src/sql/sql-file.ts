import type { ConfigMistake } from '../core/config-error.ts'
import { tokenizeSql } from './sql-tokens.ts'
import type { Token } from './sql-tokens.ts'
import { parseSqlHeader } from './sql-header.ts'
import type { SqlHeader } from './sql-header.ts'
import { readStatementShape } from './statement-shape.ts'
import { formatMethodName } from './statement.ts'
import type { Statement } from './statement.ts'

export interface ParsedSqlFile {
  readonly statements: readonly Statement[]
  readonly mistakes: readonly ConfigMistake[]
}

/** Parses the text of a `.sql` file; `file` is its name for messages. Every mistake is found, none is thrown. */
export function parseSqlFile(text: string, file: string): ParsedSqlFile {
  const source = createSource(text, file)
  const statements: Statement[] = []
  for (const section of cutSections(source)) {
    const statement = readSection(source, section)
    if (statement !== null) statements.push(statement)
  }
  return { statements, mistakes: source.mistakes }
}

interface Source {
  readonly text: string
  readonly file: string
  readonly tokens: readonly Token[]
  readonly mistakes: ConfigMistake[]
  lineAt(offset: number): number
  report(offset: number, mistake: Omit<ConfigMistake, 'where'>): void
}

function createSource(text: string, file: string): Source {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const mistakes: ConfigMistake[] = []
  const lineAt = (offset: number): number => {
    const next = starts.findIndex((start) => start > offset)
    return next < 0 ? starts.length : next
  }
  return {
    text,
    file,
    tokens: tokenizeSql(text),
    mistakes,
    lineAt,
    report: (offset, mistake) => mistakes.push({ where: `${file}:${lineAt(offset)}`, ...mistake }),
  }
}

interface Section {
  readonly header: Token
  readonly body: readonly Token[]
}

const HEADER = /^--\s*name\s*:/i

function cutSections(source: Source): Section[] {
  const sections: { header: Token; body: Token[] }[] = []
  let strayAt = -1
  for (const token of source.tokens) {
    if (isHeader(source, token)) sections.push({ header: token, body: [] })
    else if (sections.length > 0) sections.at(-1)?.body.push(token)
    else if (strayAt < 0 && !isBlank(token)) strayAt = token.start
  }
  if (strayAt >= 0) {
    source.report(strayAt, { problem: 'text before the first name', wanted: '-- name: some_name(argument)' })
  }
  return sections
}

function isHeader(source: Source, { kind, start, end }: Token): boolean {
  const { text } = source
  if (kind !== 'line-comment' || !HEADER.test(text.slice(start, end))) return false
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  if (text.slice(lineStart, start).trim() === '') return true
  source.report(start, { problem: 'a name must begin its line' })
  return false
}

function isBlank({ kind }: Token): boolean {
  return kind === 'space' || kind === 'line-comment' || kind === 'block-comment'
}

function readSection(source: Source, section: Section): Statement | null {
  const { header: token, body } = section
  const header = parseSqlHeader(source.text.slice(token.start, token.end).replace(HEADER, ''))
  for (const mistake of header.mistakes) source.report(token.start, mistake)
  const first = body.findIndex((part) => !isBlank(part))
  if (first < 0) {
    source.report(token.start, { problem: `statement "${header.name}" has no text` })
    return null
  }
  const { lines, isTuple, isStream } = readComments(source, body.slice(0, first), header)
  const start = body[first]?.start ?? 0
  const text = readText(source, { header: token, body: body.slice(first) }, header)
  return {
    name: header.name,
    method: formatMethodName(header.name),
    kind: header.kind,
    parameters: header.parameters,
    isTuple,
    isStream,
    doc: lines.join('\n'),
    text,
    shape: readStatementShape(text),
    file: source.file,
    line: source.lineAt(token.start),
    textLine: source.lineAt(start),
  }
}

const DIRECTIVE = /^rows\s*:\s*(.*)$/i

interface Comments {
  readonly lines: string[]
  isTuple: boolean
  isStream: boolean
}

/** Comment lines between the name and the text: documentation, and how rows are given. */
function readComments(source: Source, tokens: readonly Token[], header: SqlHeader): Comments {
  const comments: Comments = { lines: [], isTuple: false, isStream: false }
  for (const { kind, start, end } of tokens) {
    if (kind !== 'line-comment') continue
    const line = source.text.slice(start + 2, end).trim()
    const forms = DIRECTIVE.exec(line)?.[1]
    if (forms === undefined) comments.lines.push(line)
    else for (const form of forms.split(/[\s,]+/)) readForm(source, { form, start, header, comments })
  }
  return comments
}

function readForm(
  source: Source,
  { form, start, header, comments }: { form: string; start: number; header: SqlHeader; comments: Comments },
): void {
  if (form === 'tuple' && (header.kind === 'rows' || header.kind === 'row')) comments.isTuple = true
  else if (form === 'stream' && header.kind === 'rows') comments.isStream = true
  else {
    const wanted = header.kind === 'rows' ? 'tuple, stream, or both' : header.kind === 'row' ? 'tuple' : 'no such line'
    source.report(start, { problem: `statement "${header.name}" does not give rows so`, current: form, wanted })
  }
}

/** The text for the server: comments out (hints stay), `:name` as `$n`, lines where they were. */
function readText(source: Source, section: Section, header: SqlHeader): string {
  const used = new Set<string>()
  let text = ''
  let brackets = 0
  let isAfterValue = false
  for (const token of section.body) {
    const part = source.text.slice(token.start, token.end)
    if (part === '[') brackets += 1
    if (part === ']') brackets -= 1
    text += readPart(source, part, { token, header, used, isSlice: brackets > 0 && isAfterValue })
    if (!isBlank(token)) isAfterValue = token.kind !== 'symbol' || part === ']' || part === ')'
  }
  for (const name of header.parameters) {
    if (used.has(name)) continue
    source.report(section.header.start, { problem: `statement "${header.name}" does not use its argument "${name}"` })
  }
  if (header.kind === 'script') return text.trim()
  reportSecondStatement(source, section.body, header)
  return text.replace(/[;\s]+$/, '')
}

function readPart(source: Source, part: string, place: Place): string {
  switch (place.token.kind) {
    case 'parameter':
      return readParameter(source, place)
    case 'line-comment':
      return ''
    case 'block-comment':
      return part.startsWith('/*+') ? part : part.replace(/[^\n]+/g, ' ')
    case 'positional':
    case 'unterminated':
      reportToken(source, place)
      return part
    default:
      return part
  }
}

interface Place {
  readonly token: Token
  readonly header: SqlHeader
  readonly used: Set<string>
  readonly isSlice: boolean
}

function readParameter(source: Source, { token, header, used, isSlice }: Place): string {
  const name = source.text.slice(token.start + 1, token.end)
  // `a[i:j]`: the colon stands between two bounds. An argument as second bound is written `a[i : :j]`.
  if (isSlice) return source.text.slice(token.start, token.end)
  const index = header.parameters.indexOf(name)
  used.add(name)
  if (index >= 0) return `$${index + 1}`
  const current = header.parameters.join(', ') || 'no argument'
  source.report(token.start, { problem: `statement "${header.name}" does not declare ":${name}"`, current })
  return 'NULL'
}

function reportToken(source: Source, { token: { kind, start, end }, header: { name } }: Place): void {
  if (kind === 'positional') {
    const current = source.text.slice(start, end)
    source.report(start, { problem: `statement "${name}" numbers an argument`, current, wanted: ':name' })
  } else {
    const current = source.text.slice(start, start + 2)
    source.report(start, { problem: `statement "${name}" has a string or comment without an end`, current })
  }
}

function reportSecondStatement(source: Source, tokens: readonly Token[], { name }: SqlHeader): void {
  const solid = tokens.filter((token) => !isBlank(token))
  const end = solid.findIndex(({ start }) => source.text[start] === ';')
  const second = solid.slice(end).find(({ start }) => source.text[start] !== ';')
  if (end >= 0 && second !== undefined) {
    source.report(second.start, { problem: `"${name}" is more than one statement`, wanted: 'one, or the operator #' })
  }
}
