/** What a schema takes as input, as far as it matters for text, which has no types of its own. */
export type Kind =
  | { readonly type: 'text' | 'integer' | 'number' | 'bigint' | 'boolean' | 'date' | 'null' }
  /** One of fixed values: each by the text that stands for it. */
  | { readonly type: 'literal'; readonly values: ReadonlyMap<string, unknown> }
  | { readonly type: 'list'; readonly item: Kind; readonly first: readonly Kind[] }
  /** As JSON in a text. `fields` is what is known of its members. */
  | { readonly type: 'object'; readonly fields: ReadonlyMap<string, Kind>; readonly isClosed: boolean }
  | { readonly type: 'json' }
  | { readonly type: 'union'; readonly options: readonly Kind[] }
  | { readonly type: 'nullable'; readonly inner: Kind }
  /** No text and no JSON can say it: a map, a symbol, a function. */
  | { readonly type: 'none'; readonly what: string }

export const TEXT: Kind = { type: 'text' }
export const JSON_TEXT: Kind = { type: 'json' }

/** True when the kind takes all the values of a repeated name. */
export function isList(kind: Kind): boolean {
  if (kind.type === 'nullable') return isList(kind.inner)
  return kind.type === 'list' || (kind.type === 'union' && kind.options.some(isList))
}

/** True when any text is a value of this kind as it is. */
export function isText(kind: Kind): boolean {
  if (kind.type === 'nullable') return isText(kind.inner)
  return kind.type === 'text' || (kind.type === 'union' && kind.options.some(isText))
}

/** What of a kind no text can say; null where one can. */
export function findUnsayable(kind: Kind): string | null {
  switch (kind.type) {
    case 'none':
      return kind.what
    case 'nullable':
      return findUnsayable(kind.inner)
    case 'list':
      return findUnsayable(kind.item)
    case 'union':
      return kind.options.every((option) => findUnsayable(option) !== null) ? 'union' : null
    default:
      return null
  }
}

/** A kind without its nullable wrappers. */
export function unwrapNullable(kind: Kind): Kind {
  return kind.type === 'nullable' ? unwrapNullable(kind.inner) : kind
}
