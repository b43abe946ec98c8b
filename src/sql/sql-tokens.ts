/** What a piece of a `.sql` text is, as far as finding parameters needs to know. */
export type TokenKind =
  | 'space'
  | 'line-comment'
  | 'block-comment'
  | 'string'
  | 'quoted'
  | 'word'
  | 'number'
  | 'parameter'
  | 'positional'
  | 'symbol'
  | 'unterminated'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
}

/** What a piece looks like from its first character on, and what it then is. */
type Form = readonly [pattern: RegExp, kind: TokenKind]

const IDENTIFIER_START = /[A-Za-z_\u0080-\uffff]/
const IDENTIFIER: Form = [/[A-Za-z0-9_$\u0080-\uffff]*/y, 'word']
const SPACE: Form = [/\s+/y, 'space']
const LINE_COMMENT: Form = [/--[^\n]*/y, 'line-comment']
const STRING: Form = [/'[^']*(?:''[^']*)*'/y, 'string']
const ESCAPE_STRING: Form = [/'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'/y, 'string']
const QUOTED: Form = [/"[^"]*(?:""[^"]*)*"/y, 'quoted']
const DOLLAR_TAG: Form = [/\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y, 'string']
const POSITIONAL: Form = [/\$[0-9]+/y, 'positional']
const NUMBER: Form = [/[0-9][0-9A-Za-z_]*/y, 'number']
const PARAMETER: Form = [/:[A-Za-z_][A-Za-z0-9_]*/y, 'parameter']
const PAIR: Form = [/::|:=/y, 'symbol']

/** Cuts a text in PostgreSQL's dialect into tokens, none left out (PostgreSQL manual, section 4.1). */
export function tokenizeSql(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    const token = readToken(text, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

function readToken(text: string, start: number): Token {
  const char = text[start] ?? ''
  const next = text[start + 1]
  switch (char) {
    case '-':
      return next === '-' ? match(LINE_COMMENT, text, start) : symbol(start)
    case '/':
      return next === '*' ? readBlockComment(text, start) : symbol(start)
    case "'":
      return match(STRING, text, start)
    case '"':
      return match(QUOTED, text, start)
    case '$':
      return readDollar(text, start)
    case ':':
      return tryMatch(PAIR, text, start) ?? tryMatch(PARAMETER, text, start) ?? symbol(start)
    default:
      return readPlain(text, start, char)
  }
}

function readPlain(text: string, start: number, char: string): Token {
  // E'…' is the one string in which a backslash hides a quote.
  if ((char === 'E' || char === 'e') && text[start + 1] === "'") {
    const { kind, end } = match(ESCAPE_STRING, text, start + 1)
    return { kind, start, end }
  }
  if (IDENTIFIER_START.test(char)) return match(IDENTIFIER, text, start)
  return tryMatch(SPACE, text, start) ?? tryMatch(NUMBER, text, start) ?? symbol(start)
}

function readDollar(text: string, start: number): Token {
  const tag = tryMatch(DOLLAR_TAG, text, start)
  if (tag === null) return tryMatch(POSITIONAL, text, start) ?? symbol(start)
  const mark = text.slice(start, tag.end)
  const close = text.indexOf(mark, tag.end)
  return close < 0 ? unterminated(text, start) : { kind: 'string', start, end: close + mark.length }
}

function readBlockComment(text: string, start: number): Token {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('/*', at)) {
      depth += 1
      at += 1
    } else if (text.startsWith('*/', at)) {
      depth -= 1
      at += 1
      if (depth === 0) return { kind: 'block-comment', start, end: at + 1 }
    }
  }
  return unterminated(text, start)
}

function match(form: Form, text: string, start: number): Token {
  return tryMatch(form, text, start) ?? unterminated(text, start)
}

function tryMatch([pattern, kind]: Form, text: string, start: number): Token | null {
  pattern.lastIndex = start
  return pattern.test(text) ? { kind, start, end: pattern.lastIndex } : null
}

function symbol(start: number): Token {
  return { kind: 'symbol', start, end: start + 1 }
}

function unterminated(text: string, start: number): Token {
  return { kind: 'unterminated', start, end: text.length }
}
