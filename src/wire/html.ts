import { holeContexts, isAddressAttribute, isCodeAttribute, type HoleContext } from './html-context.ts'

/** Markup that is safe to send: what `html` gives. */
export class Html {
  readonly text: string

  /** Takes the text as it is: use the `html` template, or `unsafeHtml()` where the text is already markup. */
  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** Attributes of a tag, escaped: what `attributes()` gives. */
export class HtmlAttributes {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: `null`, `undefined` and booleans write nothing, arrays are joined. */
export type HtmlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Html
  | HtmlAttributes
  | readonly HtmlValue[]

/** What an attribute takes: `true` writes its name alone, `false`, `null` and `undefined` leave it out. */
export type AttributeValue = string | number | bigint | boolean | null | undefined

/**
 * The escaping template: html`<p title="${title}">${text}</p>`. Each value is escaped for the place where it stands;
 * a template that puts one where no escaping helps (a script, an unquoted attribute) throws a `TypeError` when it is
 * first used.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let contexts = known.get(strings)
  if (contexts === undefined) {
    contexts = holeContexts(strings)
    known.set(strings, contexts)
  }
  let text = strings[0] ?? ''
  for (let i = 0; i < values.length; i++) text += formatValue(values[i], contexts[i] ?? 'tag') + (strings[i + 1] ?? '')
  return new Html(text)
}

const known = new WeakMap<TemplateStringsArray, readonly HoleContext[]>()

/** Takes text as markup without escaping. Only for text that nobody outside can influence. */
export function unsafeHtml(text: string): Html {
  return new Html(text)
}

/** Attributes whose names or presence are known late: html`<input ${attributes({ value, required: true })}>`. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): HtmlAttributes {
  let text = ''
  for (const [name, value] of Object.entries(values)) {
    if (!ATTRIBUTE_NAME.test(name) || isCodeAttribute(name)) {
      throw new TypeError(`Cannot write attribute "${name}": it must be a lower-case name that does not hold code`)
    }
    if (value === null || value === undefined || value === false) continue
    if (value === true) text += ` ${name}`
    else text += ` ${name}="${formatAttribute(String(value), isAddressAttribute(name) ? 'address' : 'attribute')}"`
  }
  return new HtmlAttributes(text)
}

const ATTRIBUTE_NAME = /^[a-z][a-z0-9:._-]*$/

/** Text with `& < > " '` as character references: safe as text and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, (char) => REFERENCES[char] ?? char) : text
}

const UNSAFE = /[&<>"']/
const UNSAFE_ALL = /[&<>"']/g
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function formatValue(value: HtmlValue, context: HoleContext): string {
  if (typeof value === 'string') return context === 'text' ? escapeHtml(value) : formatAttribute(value, context)
  if (value === null || value === undefined || typeof value === 'boolean') return ''
  if (typeof value === 'number' || typeof value === 'bigint') return formatValue(String(value), context)
  if (value instanceof Html) return context === 'text' ? value.text : formatAttribute(value.text, context)
  if (value instanceof HtmlAttributes) {
    if (context === 'tag') return value.text
    throw new TypeError('Cannot write attributes outside a tag: they belong between the attributes of one')
  }
  if (isList(value)) return formatList(value, context)
  throw new TypeError(`Cannot write ${nameOf(value)} in a template`)
}

/** What stands in a template although its type is none of those above. */
function nameOf(value: unknown): string {
  if (value instanceof Promise) return 'a promise: await it first'
  return `a value of type ${typeof value}: make it text or markup first`
}

function isList(value: HtmlValue): value is readonly HtmlValue[] {
  return Array.isArray(value)
}

function formatList(values: readonly HtmlValue[], context: HoleContext): string {
  // One address in all: what is no scheme in one member could become one with the next.
  if (context === 'address' || context === 'scheme') return formatAttribute(joinText(values), context)
  let text = ''
  for (const value of values) text += formatValue(value, context)
  return text
}

function joinText(values: readonly HtmlValue[]): string {
  let text = ''
  for (const value of values) {
    if (isList(value)) text += joinText(value)
    else if (value instanceof Html) text += value.text
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') text += value
  }
  return text
}

function formatAttribute(text: string, context: HoleContext): string {
  if (context === 'tag') {
    if (text === '') return ''
    throw new TypeError(`Cannot write "${text}" between the attributes of a tag: use attributes()`)
  }
  if (context === 'address' && !isSafeAddress(text)) return BLOCKED
  if (context === 'scheme' && !isSafeAddress(`${text}:`)) return BLOCKED
  return escapeHtml(text)
}

const BLOCKED = 'about:blank#blocked'

/** True for an address without a scheme, or with one that runs no code in the page. */
function isSafeAddress(address: string): boolean {
  // Browsers drop tab, CR and LF anywhere and other controls in front before they read the scheme (URL standard 4.4).
  // eslint-disable-next-line no-control-regex -- those controls are the attack looked for
  const bare = address.replace(/[\t\n\r]/g, '').replace(/^[\u0000-\u0020]+/, '')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(bare)?.[1]
  return scheme === undefined || SAFE_SCHEMES.has(scheme.toLowerCase()) || DATA_IMAGE.test(bare)
}

const DATA_IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=]*$/

const SAFE_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel', 'sms', 'ftp', 'blob', 'ws', 'wss'])
