import type { Texts } from './consent-texts.ts'
import type { SiteLanguage } from './error-texts.ts'
import type { OwnCookieScope } from './own-cookie.ts'

/** What cookies are for, beside making the site work. */
export interface Purpose {
  readonly name: Texts
  /** What is done with the data, by whom: what a visitor must know before agreeing. */
  readonly about: Texts
}

/** A cookie of the site; by default for all its pages, never read by a script, sent to no other site. */
export interface DeclaredCookie<Name extends string = string> extends OwnCookieScope {
  /** `necessary` needs no agreement: sessions, baskets, a language that the visitor chose. */
  readonly purpose: Name | 'necessary'
  /** What it holds. */
  readonly about: Texts
  /** Null: until the browser is closed. At most 13 months where agreement is needed. */
  readonly maxAgeMs: number | null
  /** `signed`: the browser cannot change it. `encrypted`: nor read it. Then its value may be any text. */
  readonly seal?: 'signed' | 'encrypted'
}

/** The proof of a choice: keep it as long as the choice counts, and show it when asked (GDPR article 7.1). */
export interface ConsentRecord {
  readonly id: string
  readonly at: Date
  readonly version: string
  /** Hash of the purposes and cookies as they were shown. */
  readonly shown: string
  readonly accepted: readonly string[]
  readonly refused: readonly string[]
  /** In which the visitor was asked. */
  readonly language: SiteLanguage
  readonly how: ConsentAnswer
  readonly isUnderGpc: boolean
}

export type ConsentAnswer = 'accept' | 'refuse' | 'choice'

export interface ConsentOptions<Purposes, Cookies> {
  /** Another version asks everybody again: change it when purposes change. */
  readonly version: string
  readonly purposes: Purposes
  /** Every cookie of the site. The framework's own are added. */
  readonly cookies: Cookies
  /** Path of the cookie page, where the banner sends its answer; `/cookies` by default. */
  readonly path?: string
  /** Languages offered, the first is the default. */
  readonly languages?: readonly SiteLanguage[]
}

export type AnyPurposes = Readonly<Record<string, Purpose>>
export type AnyCookies = Readonly<Record<string, DeclaredCookie>>

export interface BannerOptions {
  readonly lang?: SiteLanguage
  /** Where an answer leads back to; `/` by default. */
  readonly back?: string
}

/** What the banner and the page show. */
export interface ConsentFacts {
  readonly lang: SiteLanguage
  readonly path: string
  readonly back: string
  readonly purposes: AnyPurposes
  readonly cookies: AnyCookies
}
