import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ConfigError } from '../core/config-error.ts'
import type { CookieCall, CookieGate } from '../core/cookie-gate.ts'
import type { Schema } from '../core/params.ts'
import { type MaybePromise, Refusal } from '../core/refusal.ts'
import type { Html } from '../wire/html.ts'
import { isCookieName } from '../wire/cookies.ts'
import { chooseLanguage } from '../wire/quality.ts'
import { type ConsentChoice, hasGpc, readChoice, writeChoice } from './consent-choice.ts'
import { formatBanner, formatCookieMain, FRAMEWORK_COOKIES } from './consent-page.ts'
import { CONSENT_TEXTS } from './consent-texts.ts'
import type {
  AnyCookies,
  AnyPurposes,
  BannerOptions,
  ConsentAnswer,
  ConsentFacts,
  ConsentOptions,
  ConsentRecord,
  DeclaredCookie,
} from './consent-types.ts'
import { SITE_LANGUAGES, type SiteLanguage } from './error-texts.ts'
import { clearOwnCookie, findOwnCookieMistake, hasOwnCookie, readOwnCookie, writeOwnCookie } from './own-cookie.ts'
import { formatPage, PAGE_POLICY } from './page.ts'
import { safeRedirect } from './safe-redirect.ts'
import { isFromElsewhere, type SiteCall } from './site-call.ts'

/** Cookies that a site declares, and what each visitor has agreed to. */
export interface Consent<Cookies extends AnyCookies> extends CookieGate {
  readonly version: string
  readonly purposes: AnyPurposes
  readonly cookies: Cookies
  /** `params` of the route that takes the answer. */
  readonly params: typeof CONSENT_PARAMS
  /** True when this visitor has agreed to a purpose; always for `necessary`. */
  allows(call: CookieCall, purpose: string): boolean
  /**
   * Sets a declared cookie. False, and nothing is sent, when it needs an agreement that this visitor has not given.
   * Throws a `TypeError` for a value that cookies cannot hold, where the cookie is not sealed.
   */
  set(call: SiteCall, name: keyof Cookies & string, value: string): boolean
  /** The value of a declared cookie; undefined where there is none or the agreement was withdrawn. */
  get(call: SiteCall, name: keyof Cookies & string): string | undefined
  clear(call: SiteCall, name: keyof Cookies & string): void
  /** What this visitor has decided; null: nothing yet. */
  choice(call: CookieCall): ConsentChoice | null
  /** What asks, for the end of every page; null once it was answered, or where the browser answers for its owner. */
  banner(call: SiteCall, options?: BannerOptions): Html | null
  /** The cookie page: every cookie, every purpose, the choice and its withdrawal. */
  page(call: SiteCall, options?: BannerOptions): Html
  /** The main part of that page, for the layout of the site. */
  main(call: SiteCall, options?: BannerOptions): Html
  /**
   * Takes an answer: has its proof kept (a row in the database), then remembers it and removes cookies no longer agreed
   * to. Gives the path to send the visitor to.
   */
  decide(call: SiteCall, args: ConsentArgs, keep: (record: ConsentRecord) => MaybePromise<unknown>): Promise<string>
}

/** What the route that takes an answer reads. */
const CONSENT_PARAMS: {
  readonly answer: Schema<ConsentAnswer>
  readonly purposes: Schema<readonly string[] | undefined>
  readonly back: Schema<string | undefined>
  readonly lang: Schema<SiteLanguage | undefined>
} = {
  answer: z.enum(['accept', 'refuse', 'choice']),
  purposes: z.array(z.string()).optional(),
  back: z.string().optional(),
  lang: z.enum(SITE_LANGUAGES).optional(),
}

export interface ConsentArgs {
  readonly answer: ConsentAnswer
  readonly purposes?: readonly string[] | undefined
  readonly back?: string | undefined
  /** The language in which it was asked. */
  readonly lang?: SiteLanguage | undefined
}

/** Declares the cookies of a site with their purposes. Throws a `ConfigError` for one that the rules do not allow. */
export function defineConsent<
  const Purposes extends AnyPurposes,
  const Cookies extends Readonly<Record<string, DeclaredCookie<keyof Purposes & string>>>,
>(options: ConsentOptions<Purposes, Cookies>): Consent<Cookies> {
  const mistakes = Object.entries(options.cookies).flatMap(([name, cookie]) =>
    mistakesOf(name, cookie, options.purposes),
  )
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return new SiteConsent<Cookies>(options)
}

const OWN_NAMES: ReadonlySet<string> = new Set(FRAMEWORK_COOKIES.map(({ name }) => name))

/** CNIL: trackers live 13 months at most. */
const MAX_AGE_MS = 396 * 86_400_000

function mistakesOf(name: string, cookie: DeclaredCookie, purposes: AnyPurposes): ConfigError['mistakes'] {
  const where = `cookie ${name}`
  const { purpose, maxAgeMs } = cookie
  if (!isCookieName(name) || name.startsWith('__') || OWN_NAMES.has(name))
    return [{ where, problem: 'it is not a name for a cookie of the site' }]
  const problem = findOwnCookieMistake({ name, ...cookie })
  if (problem !== null) return [{ where, problem }]
  if (purpose === 'necessary') return []
  if (!Object.hasOwn(purposes, purpose)) return [{ where, problem: 'its purpose is not declared', current: purpose }]
  if (maxAgeMs === null || maxAgeMs <= MAX_AGE_MS) return []
  return [{ where, problem: 'it is kept too long', current: `${maxAgeMs} ms`, wanted: '13 months at most' }]
}

class SiteConsent<Cookies extends AnyCookies> implements Consent<Cookies> {
  readonly version: string
  readonly purposes: AnyPurposes
  readonly cookies: Cookies
  readonly params: typeof CONSENT_PARAMS = CONSENT_PARAMS
  readonly #path: string
  readonly #languages: readonly SiteLanguage[]
  readonly #shown: string

  constructor({ version, purposes, cookies, path, languages }: ConsentOptions<AnyPurposes, Cookies>) {
    this.version = version
    this.purposes = purposes
    this.cookies = cookies
    this.#path = path ?? '/cookies'
    this.#languages = languages ?? SITE_LANGUAGES
    this.#shown = createHash('sha256')
      .update(JSON.stringify([version, purposes, cookies]))
      .digest('hex')
  }

  choice(call: CookieCall): ConsentChoice | null {
    const choice = readChoice(call, this.version)
    // An agreement given before the browser began to say no is withdrawn by it; one given in spite of it stays.
    return choice !== null && hasGpc(call) && !choice.isUnderGpc ? null : choice
  }

  allows(call: CookieCall, purpose: string): boolean {
    return purpose === 'necessary' || (this.choice(call)?.purposes.includes(purpose) ?? false)
  }

  set(call: SiteCall, name: keyof Cookies & string, value: string): boolean {
    const cookie = this.#cookie(name)
    if (!this.allows(call, cookie.purpose)) return false
    writeOwnCookie(call, { name, ...cookie }, value)
    return true
  }

  get(call: SiteCall, name: keyof Cookies & string): string | undefined {
    const cookie = this.#cookie(name)
    return this.allows(call, cookie.purpose) ? readOwnCookie(call, { name, ...cookie }) : undefined
  }

  clear(call: SiteCall, name: keyof Cookies & string): void {
    clearOwnCookie(call, { name, ...this.#cookie(name) })
  }

  allowsCookie(call: CookieCall, name: string): boolean {
    const purpose = this.#purposeOf(name)
    return purpose !== null && this.allows(call, purpose)
  }

  isNecessary(name: string): boolean {
    return this.#purposeOf(name) === 'necessary'
  }

  /** Of a cookie as it is sent; null where it is not declared. */
  #purposeOf(name: string): string | null {
    const bare = name.replace(/^__(?:host|secure)-/i, '')
    if (OWN_NAMES.has(bare)) return 'necessary'
    return (Object.hasOwn(this.cookies, bare) ? this.cookies[bare]?.purpose : undefined) ?? null
  }

  banner(call: SiteCall, options: BannerOptions = {}): Html | null {
    if (Object.keys(this.purposes).length === 0 || this.choice(call) !== null || hasGpc(call)) return null
    return formatBanner({ ...this.#facts(call, options), nonce: call.nonce })
  }

  page(call: SiteCall, options: BannerOptions = {}): Html {
    call.addHeader('content-security-policy', PAGE_POLICY)
    const { lang } = this.#facts(call, options)
    return formatPage({ title: CONSENT_TEXTS[lang].title, lang, body: this.main(call, { ...options, lang }) })
  }

  main(call: SiteCall, options: BannerOptions = {}): Html {
    const [choice, isUnderGpc, isSecure] = [this.choice(call), hasGpc(call), call.hasSecureCookies]
    return formatCookieMain({ ...this.#facts(call, options), choice, isUnderGpc, isSecure })
  }

  async decide(
    call: SiteCall,
    { answer, purposes = [], back, lang }: ConsentArgs,
    keep: (record: ConsentRecord) => MaybePromise<unknown>,
  ): Promise<string> {
    // Any page could send this form for its visitor; the answer must come from our own. No token: that would need a
    // cookie before the visitor has said anything. Browsers say which page sends a form; what says nothing is a program.
    if (isFromElsewhere(call)) throw new Refusal('GUARD_CSRF', { reason: 'a consent from another site' })
    const names = Object.keys(this.purposes)
    const accepted = names.filter((name) => answer === 'accept' || (answer === 'choice' && purposes.includes(name)))
    const refused = names.filter((name) => !accepted.includes(name))
    const [id, at, isUnderGpc] = [randomUUID(), call.now(), hasGpc(call)]
    const { version } = this
    const language = lang ?? this.#language(call)
    await keep({ id, at, version, shown: this.#shown, accepted, refused, language, how: answer, isUnderGpc })
    writeChoice(call, { id, atMs: at.getTime(), version, purposes: accepted, isUnderGpc })
    this.#removeRefused(call, refused)
    return safeRedirect(back)
  }

  /** A withdrawal takes back what was stored, not only the permission to go on. */
  #removeRefused(call: SiteCall, refused: readonly string[]): void {
    for (const [name, cookie] of Object.entries(this.cookies)) {
      const own = { name, ...cookie }
      // One for another path is not sent here: it may be there.
      const isThere = hasOwnCookie(call, own) || (cookie.path ?? '/') !== '/'
      if (refused.includes(cookie.purpose) && isThere) clearOwnCookie(call, own)
    }
  }

  #cookie(name: string): DeclaredCookie {
    const cookie = Object.hasOwn(this.cookies, name) ? this.cookies[name] : undefined
    if (cookie === undefined) throw new TypeError(`Cannot use the cookie "${name}": it is not declared`)
    return cookie
  }

  #language(call: SiteCall): SiteLanguage {
    const found = chooseLanguage(call.header('accept-language'), this.#languages)
    return this.#languages.find((one) => one === found) ?? 'en'
  }

  #facts(call: SiteCall, { lang, back = '/' }: BannerOptions): ConsentFacts {
    const { purposes, cookies } = this
    return { lang: lang ?? this.#language(call), path: this.#path, back: safeRedirect(back), purposes, cookies }
  }
}
