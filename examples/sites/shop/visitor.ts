import type { Call } from 'guichet'
import { SITE_LANGUAGES, type SiteLanguage } from 'guichet/sites'
import { randomBytes } from 'node:crypto'
import type { Sql } from '../queries.sql.ts'
import { consent } from './consent.ts'
import { WORDS, type Words } from './words.ts'

export type ShopCall = Call<{ readonly sql: Sql; readonly config: unknown }>
export type Theme = keyof Words['themes']

/** What the shop knows about who looks: preferences, and how full the basket is. */
export interface Visitor {
  readonly lang: SiteLanguage
  readonly theme: Theme
  readonly words: Words
  readonly basketCount: number
}

export async function readVisitor(call: ShopCall): Promise<Visitor> {
  const lang = languageOf(call)
  const chosen = consent.get(call, 'theme')
  const theme = chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
  const bid = consent.get(call, 'basket')
  const basketCount = bid === undefined ? 0 : await call.sql.countBasket({ bid })
  return { lang, theme, words: WORDS[lang], basketCount }
}

/** The chosen language, else the first that the browser asks for and the shop speaks. */
function languageOf(call: ShopCall): SiteLanguage {
  const chosen = consent.get(call, 'lang')
  const asked = (call.header('accept-language') ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase())
  return (
    SITE_LANGUAGES.find((lang) => lang === chosen) ??
    asked.flatMap((two) => SITE_LANGUAGES.filter((lang) => lang === two))[0] ??
    'en'
  )
}

/** The basket of this browser; a new one, and its cookie, where it has none. */
export async function openBasket(call: ShopCall): Promise<string> {
  const known = consent.get(call, 'basket')
  if (known !== undefined && (await call.sql.hasBasket({ bid: known })) === true) return known
  const bid = randomBytes(16).toString('base64url')
  await call.sql.addBasket({ bid })
  consent.set(call, 'basket', bid)
  return bid
}

const SEEN_MAX = 4
const SLUG = /^[a-z]{1,20}$/

/** Fruits that this visitor looked at, the last first; empty without the agreement to remember them. */
export function readSeen(call: ShopCall): readonly string[] {
  return (consent.get(call, 'seen') ?? '').split('.').filter((slug) => SLUG.test(slug))
}

export function rememberSeen(call: ShopCall, slug: string): void {
  const seen = [slug, ...readSeen(call).filter((other) => other !== slug)].slice(0, SEEN_MAX)
  consent.set(call, 'seen', seen.join('.'))
}
