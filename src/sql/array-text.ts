/** An array of any depth, its elements as text. */
export type ArrayText = readonly (string | null | ArrayText)[]

const UNQUOTED_END = /[,;}]/

/**
 * Parses the text of an array (PostgreSQL manual, section 8.15.6). Bounds that do not start at 1 (`[0:1]={a,b}`) are
 * left out, since JavaScript arrays start at 0 anyway.
 */
export function parseArrayText(text: string, delimiter: string, decode: (text: string) => unknown): unknown[] {
  const cursor = { at: text.startsWith('[') ? text.indexOf('=') + 1 : 0 }
  return readArray(text, cursor, { delimiter, decode })
}

interface Cursor {
  at: number
}

interface ArrayForm {
  readonly delimiter: string
  readonly decode: (text: string) => unknown
}

function readArray(text: string, cursor: Cursor, form: ArrayForm): unknown[] {
  const elements: unknown[] = []
  cursor.at += 1
  while (cursor.at < text.length) {
    const char = text[cursor.at]
    if (char === '}') {
      cursor.at += 1
      return elements
    }
    if (char === form.delimiter) cursor.at += 1
    else elements.push(char === '{' ? readArray(text, cursor, form) : readElement(text, cursor, form))
  }
  throw new RangeError('Cannot read an array: its text has no end')
}

function readElement(text: string, cursor: Cursor, { decode }: ArrayForm): unknown {
  if (text[cursor.at] === '"') return decode(readQuoted(text, cursor))
  const start = cursor.at
  while (cursor.at < text.length && !UNQUOTED_END.test(text[cursor.at] ?? '')) cursor.at += 1
  const element = text.slice(start, cursor.at)
  return element === 'NULL' ? null : decode(element)
}

function readQuoted(text: string, cursor: Cursor): string {
  let element = ''
  cursor.at += 1
  while (cursor.at < text.length && text[cursor.at] !== '"') {
    if (text[cursor.at] === '\\') cursor.at += 1
    element += text[cursor.at]
    cursor.at += 1
  }
  cursor.at += 1
  return element
}

/** Formats an array for PostgreSQL; nested arrays are dimensions, `null` is NULL, every other element is quoted. */
export function formatArrayText(
  elements: readonly unknown[],
  delimiter: string,
  encode: (element: unknown) => string,
): string {
  const parts = elements.map((element) => {
    if (element === null) return 'NULL'
    if (Array.isArray(element)) return formatArrayText(element, delimiter, encode)
    return `"${encode(element).replace(/["\\]/g, '\\$&')}"`
  })
  return `{${parts.join(delimiter)}}`
}
