/** Where in the markup a hole of a template sits: it decides how its value is written. */
export type HoleContext =
  /** Between tags: text is escaped, markup stays. */
  | 'text'
  /** Inside a quoted attribute value: everything is escaped. */
  | 'attribute'
  /** At the start of an attribute that holds an address: `javascript:` and the like are blocked. */
  | 'address'
  /** The same, where a colon follows, so that the value may be a scheme: `${scheme}://…`. */
  | 'scheme'
  /** Between the attributes of a tag: only what `attributes()` made. */
  | 'tag'

const ADDRESSES = new Set(
  'action background cite data formaction href icon longdesc manifest ping poster src xlink:href'.split(' '),
)
// The text of these elements is code or another document for the browser: escaping it as HTML does not make it safe.
const RAW_ELEMENTS = new Set(['script', 'style', 'iframe', 'noembed', 'noframes', 'plaintext', 'xmp'])
const SPACE = /[\t\n\f\r ]/

/** True when an attribute holds an address that the browser may follow or run. */
export function isAddressAttribute(name: string): boolean {
  return ADDRESSES.has(name)
}

/** True when the value of an attribute is code or a whole document: never written from data. */
export function isCodeAttribute(name: string): boolean {
  return name.startsWith('on') || name === 'style' || name === 'srcdoc'
}

/**
 * The context of each hole of a template, by the tokenizer of the HTML standard (section 13.2.5) reduced to what a
 * template needs. Throws a `TypeError` where no escaping makes a value safe: scripts, styles, comments, names of tags,
 * unquoted values, event handlers.
 */
export function holeContexts(strings: readonly string[]): readonly HoleContext[] {
  const scan = new MarkupScan()
  for (let i = 0; i < strings.length - 1; i++) {
    scan.feed(strings[i] ?? '')
    scan.hole()
  }
  scan.feed(strings.at(-1) ?? '')
  scan.end()
  return scan.contexts
}

function isCodeScheme(address: string): boolean {
  return /^(javascript|vbscript|data):/.test(address)
}

type State = 'text' | 'open' | 'name' | 'tag' | 'attribute' | 'equals' | 'unquoted' | '"' | "'" | 'comment' | 'raw'

class MarkupScan {
  /** Of the holes so far. */
  readonly contexts: HoleContext[] = []
  #state: State = 'text'
  #element = ''
  #attribute = ''
  #value = ''
  #hasOpenAddress = false
  #tail = ''

  feed(text: string): void {
    for (const char of text) this.#step(char)
  }

  hole(): void {
    this.contexts.push(this.#holeContext())
  }

  #holeContext(): HoleContext {
    const state = this.#state
    if (state === 'text') return 'text'
    if (state === 'tag') return 'tag'
    if (state !== '"' && state !== "'") {
      throw new TypeError(`Cannot put a value in a template ${this.#place()}: it must be text or a quoted attribute`)
    }
    if (isCodeAttribute(this.#attribute)) {
      throw new TypeError(`Cannot put a value in attribute "${this.#attribute}" of a template: it would run as code`)
    }
    return isAddressAttribute(this.#attribute) ? this.#addressHole() : 'attribute'
  }

  /** A scheme ends before the first `/ ? #`: after one of these the rest of an address is plain text. */
  #addressHole(): HoleContext {
    const value = this.#value.trim().toLowerCase()
    if (/[/?#]/.test(value) && !isCodeScheme(value)) {
      return 'attribute'
    }
    const mayBecomeCode =
      value !== '' && ['javascript:', 'vbscript:', 'data:'].some((scheme) => scheme.startsWith(value))
    if (this.#hasOpenAddress || mayBecomeCode || isCodeScheme(value)) {
      throw this.#becomesCode()
    }
    this.#hasOpenAddress = true
    return value === '' ? 'address' : 'attribute'
  }

  #becomesCode(): TypeError {
    return new TypeError(
      `Cannot put a value in attribute "${this.#attribute}" of a template: it could become code, join it to one address first`,
    )
  }

  end(): void {
    // A template cut inside a tag would change the meaning of whatever is joined to it.
    if (this.#state !== 'text') throw new TypeError(`Cannot use a template that ends ${this.#place()}: close it first`)
  }

  #place(): string {
    if (this.#state === 'raw') return `inside <${this.#element}>`
    if (this.#state === 'comment') return 'inside a comment'
    return this.#state === 'unquoted' || this.#state === 'equals' ? 'inside an unquoted attribute' : 'inside a tag'
  }

  #step(char: string): void {
    switch (this.#state) {
      case 'text':
        if (char === '<') this.#enter('open')
        return
      case 'open':
        return this.#stepOpen(char)
      case 'name':
        return this.#stepName(char)
      case 'tag':
        return this.#stepTag(char)
      case 'attribute':
        if (char === '=') this.#state = 'equals'
        else if (char === '>') this.#closeTag()
        else if (SPACE.test(char)) this.#state = 'tag'
        else this.#attribute += char.toLowerCase()
        return
      case 'equals':
        return this.#stepEquals(char)
      case 'unquoted':
        if (char === '>') this.#closeTag()
        else if (SPACE.test(char)) this.#state = 'tag'
        return
      case '"':
      case "'":
        if (char === this.#state) this.#state = 'tag'
        else this.#addToValue(char)
        return
      case 'comment':
      case 'raw':
        return this.#stepUntilEnd(char)
    }
  }

  #addToValue(char: string): void {
    // A colon behind the hole in which an address starts, before anything that would end a scheme.
    if (char === ':' && this.#hasOpenAddress && this.contexts.at(-1) === 'address' && !/[/?#]/.test(this.#value)) {
      if (this.#value.trim() !== '') throw this.#becomesCode()
      this.contexts[this.contexts.length - 1] = 'scheme'
    }
    this.#value += char
  }

  #enter(state: State): void {
    this.#state = state
    this.#tail = ''
    if (state === 'open') this.#element = ''
  }

  #stepOpen(char: string): void {
    if (/[a-z]/i.test(char)) {
      this.#state = 'name'
      this.#element = char.toLowerCase()
    } else if (char === '/') {
      this.#element = '/'
      this.#state = 'name'
    } else if (char === '!' || char === '?') this.#enter('comment')
    else if (char !== '<') this.#state = 'text'
  }

  #stepName(char: string): void {
    if (char === '>') this.#closeTag()
    else if (SPACE.test(char) || (char === '/' && this.#element !== '/')) this.#state = 'tag'
    else this.#element += char.toLowerCase()
  }

  #stepTag(char: string): void {
    if (char === '>') this.#closeTag()
    // `a =x` is the value of `a` for a browser: the name is kept for that.
    else if (char === '=' && this.#attribute !== '') this.#state = 'equals'
    else if (!SPACE.test(char) && char !== '/') {
      this.#state = 'attribute'
      this.#attribute = char.toLowerCase()
    }
  }

  #stepEquals(char: string): void {
    if (char === '"' || char === "'") {
      this.#state = char
      this.#value = ''
      this.#hasOpenAddress = false
    } else if (char === '>') this.#closeTag()
    else if (!SPACE.test(char)) this.#state = 'unquoted'
  }

  #stepUntilEnd(char: string): void {
    this.#tail = (this.#tail + char.toLowerCase()).slice(-12)
    if (this.#state === 'raw') {
      if (!this.#tail.slice(0, -1).endsWith(`</${this.#element}`) || !/[\s/>]/.test(char)) return
      this.#element = `/${this.#element}`
      this.#state = 'tag'
      return this.#stepTag(char)
    }
    if (this.#tail === '--') this.#element = '--'
    const isEnd = this.#element !== '--' || this.#tail.endsWith('-->') || this.#tail.endsWith('--!>')
    if (char === '>' && isEnd) this.#state = 'text'
  }

  #closeTag(): void {
    this.#attribute = ''
    if (RAW_ELEMENTS.has(this.#element)) this.#enter('raw')
    else this.#state = 'text'
  }
}
