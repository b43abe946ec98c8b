import { createHash } from 'node:crypto'
import { attributes, type Html, html, unsafeHtml } from '../wire/html.ts'
import { PAGE_STYLE } from './page-style.ts'

export interface PageOptions {
  readonly title: string
  /** What stands in `<body>`; usually one `<main>`. */
  readonly body: Html
  /** Language of the page (BCP 47); `en` by default. */
  readonly lang?: string
}

// One text, so that one hash lets exactly it through.
const STYLE_ELEMENT = unsafeHtml(`<style>${PAGE_STYLE}</style>`)

/** Source expression that allows the style of our own pages (CSP level 3, section 2.3.1). */
export const PAGE_STYLE_SOURCE: string = `'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`

/** `Content-Security-Policy` of our own pages: their style, images of the site, forms to the site, nothing else. */
export const PAGE_POLICY: string =
  `default-src 'none'; style-src ${PAGE_STYLE_SOURCE}; img-src 'self' data:; form-action 'self'; ` +
  `base-uri 'none'; frame-ancestors 'none'`

/** A whole page in the framework's own look: light and dark, no script, nothing from elsewhere. */
export function formatPage({ title, body, lang = 'en' }: PageOptions): Html {
  return html`<!doctype html>
<html ${attributes({ lang })}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
${STYLE_ELEMENT}
</head>
<body>
${body}
</body>
</html>
`
}
