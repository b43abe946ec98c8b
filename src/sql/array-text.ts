/** How the elements of an array are written, and what stands between them. */
export interface ArrayForm {
  /** `,` for all types but `box`. */
  readonly delimiter: string
  readonly decode: (text: string) => unknown
  readonly encode: (value: unknown) => string
  /** True where an array in the array is a value of its own (JSON), and not a dimension. */
  readonly isFlat: boolean
}

interface Cursor {
  readonly text: string
  at: number
}

/**
 * Parses the text of an array (PostgreSQL manual, section 8.15.6). Bounds that do not start at 1 (`[0:1]={a,b}`) are
 * left out, since JavaScript arrays start at 0 anyway. Throws a `RangeError` on a text that is no array.
 */
export function parseArrayText(text: string, form: ArrayForm): unknown[] {
  const cursor = { text, at: text.startsWith('[') ? text.indexOf('=') + 1 : 0 }
  if (text[cursor.at] !== '{') throw new RangeError('its text is no array')
  const elements = readArray(cursor, form)
  if (cursor.at !== text.length) throw new RangeError('its text goes on after the array')
  return elements
}

function readArray(cursor: Cursor, form: ArrayForm): unknown[] {
  const { text } = cursor
  const elements: unknown[] = []
  cursor.at += 1
  while (text[cursor.at] !== '}') {
    if (cursor.at >= text.length) throw new RangeError('its text has no end')
    elements.push(text[cursor.at] === '{' ? readArray(cursor, form) : readElement(cursor, form))
    if (text[cursor.at] === form.delimiter) cursor.at += 1
    else if (text[cursor.at] !== '}') throw new RangeError('its elements are not separated')
  }
  cursor.at += 1
  return elements
}

function readElement(cursor: Cursor, { delimiter, decode }: ArrayForm): unknown {
  const { text } = cursor
  if (text[cursor.at] === '"') return decode(readQuoted(cursor))
  const start = cursor.at
  while (cursor.at < text.length && text[cursor.at] !== delimiter && text[cursor.at] !== '}') cursor.at += 1
  const element = text.slice(start, cursor.at)
  return element === 'NULL' ? null : decode(element)
}

function readQuoted(cursor: Cursor): string {
  const { text } = cursor
  let element = ''
  cursor.at += 1
  while (cursor.at < text.length && text[cursor.at] !== '"') {
    if (text[cursor.at] === '\\') cursor.at += 1
    element += text[cursor.at] ?? ''
    cursor.at += 1
  }
  cursor.at += 1
  return element
}

/** Formats an array for PostgreSQL; nested arrays are dimensions, `null` is NULL, every other element is quoted. */
export function formatArrayText(elements: readonly unknown[], form: ArrayForm): string {
  const parts = elements.map((element) => {
    if (element === null || element === undefined) return 'NULL'
    if (Array.isArray(element) && !form.isFlat) return formatArrayText(element, form)
    return `"${form.encode(element).replace(/["\\]/g, String.raw`\$&`)}"`
  })
  return `{${parts.join(form.delimiter)}}`
}
