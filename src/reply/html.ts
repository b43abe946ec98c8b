export { attributes, escapeHtml, Html, html, unsafeHtml, type AttributeValue, type HtmlValue } from '../wire/html.ts'
