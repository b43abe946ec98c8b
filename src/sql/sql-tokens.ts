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

const IDENTIFIER_START = /[A-Za-z_\u0080-\uffff]/
const IDENTIFIER = /[A-Za-z0-9_$\u0080-\uffff]*/y
const SPACE = /\s+/y
const LINE_COMMENT = /--[^\n]*/y
const STRING = /'[^']*(?:''[^']*)*'/y
const ESCAPE_STRING = /'[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'/y
const QUOTED = /"[^"]*(?:""[^"]*)*"/y
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
const POSITIONAL = /\$[0-9]+/y
const NUMBER = /[0-9][0-9A-Za-z_]*/y
const PARAMETER = /:[A-Za-z_][A-Za-z0-9_]*/y
const PAIR = /::|:=/y

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
      return next === '-' ? match(LINE_COMMENT, 'line-comment', text, start) : symbol(start)
    case '/':
      return next === '*' ? readBlockComment(text, start) : symbol(start)
    case "'":
      return match(STRING, 'string', text, start)
    case '"':
      return match(QUOTED, 'quoted', text, start)
    case '$':
      return readDollar(text, start)
    case ':':
      return tryMatch(PAIR, 'symbol', text, start) ?? tryMatch(PARAMETER, 'parameter', text, start) ?? symbol(start)
    default:
      return readPlain(text, start, char)
  }
}

function readPlain(text: string, start: number, char: string): Token {
  // E'…' is the one string in which a backslash hides a quote.
  if ((char === 'E' || char === 'e') && text[start + 1] === "'") {
    const { kind, end } = match(ESCAPE_STRING, 'string', text, start + 1)
    return { kind, start, end }
  }
  if (IDENTIFIER_START.test(char)) return match(IDENTIFIER, 'word', text, start)
  return tryMatch(SPACE, 'space', text, start) ?? tryMatch(NUMBER, 'number', text, start) ?? symbol(start)
}

function readDollar(text: string, start: number): Token {
  const tag = tryMatch(DOLLAR_TAG, 'string', text, start)
  if (tag === null) return tryMatch(POSITIONAL, 'positional', text, start) ?? symbol(start)
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

function match(pattern: RegExp, kind: TokenKind, text: string, start: number): Token {
  return tryMatch(pattern, kind, text, start) ?? unterminated(text, start)
}

function tryMatch(pattern: RegExp, kind: TokenKind, text: string, start: number): Token | null {
  pattern.lastIndex = start
  return pattern.test(text) ? { kind, start, end: pattern.lastIndex } : null
}

function symbol(start: number): Token {
  return { kind: 'symbol', start, end: start + 1 }
}

function unterminated(text: string, start: number): Token {
  return { kind: 'unterminated', start, end: text.length }
}
