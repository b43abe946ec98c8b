import { Parser } from 'htmlparser2'

export interface Page {
  readonly title: string
  readonly headers: readonly string[]
  readonly paragraphs: readonly string[]
}

const HEADINGS = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'])
const SILENT = new Set(['script', 'style', 'template', 'noscript'])

/** The title, headings and paragraphs of an HTML text, without their markup. */
export function readPage(html: string): Page {
  const page = { title: '', headers: new Array<string>(), paragraphs: new Array<string>() }
  // The element whose text is being read, and its text so far.
  let open: string | null = null
  let text = ''
  let silent = 0
  const end = (): void => {
    const clean = text.replaceAll(/\s+/g, ' ').trim()
    if (open === 'title' && page.title === '') page.title = clean
    else if (open === 'p' && clean !== '') page.paragraphs.push(clean)
    else if (open !== null && HEADINGS.has(open) && clean !== '') page.headers.push(clean)
    open = null
    text = ''
  }
  const parser = new Parser({
    onopentag: (name) => {
      if (SILENT.has(name)) silent++
      if (name !== 'title' && name !== 'p' && !HEADINGS.has(name)) return
      end()
      open = name
    },
    ontext: (part) => {
      if (open !== null && silent === 0) text += part
    },
    onclosetag: (name) => {
      if (SILENT.has(name)) silent--
      if (name === open) end()
    },
  })
  parser.end(html)
  return page
}
