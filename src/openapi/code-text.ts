const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Index of the bracket that closes the one at `open`; -1 where the text ends before. */
export function findClose(text: string, open: number): number {
  const waiting: string[] = []
  for (let i = open; i < text.length; i = skipQuoted(text, i) + 1) {
    const char = text[i] ?? ''
    const closer = CLOSERS[char]
    if (closer !== undefined) waiting.push(closer)
    else if (char === waiting.at(-1)) waiting.pop()
    if (waiting.length === 0) return i
  }
  return -1
}

/** The parts between separators that stand outside brackets and texts. */
export function splitTop(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i = skipNested(text, i) + 1) {
    if (text[i] !== separator) continue
    parts.push(text.slice(start, i).trim())
    start = i + 1
  }
  return [...parts, text.slice(start).trim()]
}

/** Index of the first match outside brackets and texts; -1 where there is none. */
export function findTop(text: string, isFound: (index: number) => boolean): number {
  for (let i = 0; i < text.length; i = skipNested(text, i) + 1) if (isFound(i)) return i
  return -1
}

/** The text with its comments as blanks: they say nothing about what runs. */
export function blankComments(text: string): string {
  let plain = ''
  for (let i = 0; i < text.length;) {
    const end = commentEnd(text, i)
    const next = end === -1 ? skipQuoted(text, i) + 1 : end
    plain += end === -1 ? text.slice(i, next) : text.slice(i, next).replaceAll(/[^\n]/g, ' ')
    i = next
  }
  return plain
}

function commentEnd(text: string, at: number): number {
  if (text[at] !== '/') return -1
  const close = text[at + 1] === '/' ? '\n' : text[at + 1] === '*' ? '*/' : null
  if (close === null) return -1
  const end = text.indexOf(close, at + 2)
  return end === -1 ? text.length : end + (close === '\n' ? 0 : 2)
}

function skipNested(text: string, at: number): number {
  if (CLOSERS[text[at] ?? ''] === undefined) return skipQuoted(text, at)
  const close = findClose(text, at)
  return close === -1 ? text.length : close
}

/** The last index of the text literal that starts here; the index itself where none does. */
function skipQuoted(text: string, at: number): number {
  const quote = text[at]
  if (quote !== "'" && quote !== '"' && quote !== '`') return at
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i
    else if (quote === '`' && text[i] === '$' && text[i + 1] === '{') i = Math.max(i, findClose(text, i + 1))
  }
  return text.length
}
