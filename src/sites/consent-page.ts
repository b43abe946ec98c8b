import { attributes, escapeHtml, type Html, html, unsafeHtml } from '../wire/html.ts'
import { CONSENT_COOKIE, type ConsentChoice } from './consent-choice.ts'
import { VISITOR_COOKIE } from './csrf.ts'
import { FLASH_COOKIE } from './flash.ts'
import { type OwnCookie, ownCookieName } from './own-cookie.ts'
import type { ConsentFacts, DeclaredCookie } from './consent-types.ts'
import { CONSENT_TEXTS, type ConsentTexts } from './consent-texts.ts'

/** The framework's own cookies: listed on the page, needed, never refused. */
export const FRAMEWORK_COOKIES: readonly (OwnCookie & { readonly name: keyof ConsentTexts['own'] })[] = [
  CONSENT_COOKIE,
  VISITOR_COOKIE,
  FLASH_COOKIE,
]

/**
 * The look of the banner: refusing and accepting are the same button, side by side, refusing first. A site colours it
 * by setting `--guichet-mark` and `--guichet-on-mark` on `:root`.
 */
export const BANNER_STYLE = `
.guichet-consent { --mark: var(--guichet-mark, light-dark(#0b4f8a, #8cc4ff)); position: sticky; z-index: 1000; bottom: 0;
  padding: 1rem max(1rem, calc(50vw - 30rem)); background: light-dark(#ffffff, #1e2127); color: light-dark(#1d2129, #eceae4);
  border-top: 1px solid light-dark(#c9c4b8, #4a505c); box-shadow: 0 -4px 24px rgb(0 0 0 / .14);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; max-height: 80vh; overflow: auto }
html:has(.guichet-consent) { scroll-padding-bottom: 45vh }
.guichet-consent h2 { margin: 0 0 .3rem; font: inherit; font-size: 1.1rem; font-weight: 700; line-height: 1.3; letter-spacing: 0 }
.guichet-consent p { margin: 0 0 .8rem }
.guichet-consent form { display: flex; flex-wrap: wrap; gap: .7rem; align-items: center; margin: 0 }
.guichet-consent button { flex: 1 1 8rem; padding: .7rem 1rem; border: 1.5px solid var(--mark); border-radius: 8px;
  background: var(--mark); color: var(--guichet-on-mark, light-dark(#ffffff, #16181c)); font: inherit; font-weight: 600; cursor: pointer }
.guichet-consent a { flex: 1 1 10rem; text-align: center; color: var(--mark); text-underline-offset: .2em }
.guichet-consent :focus-visible { outline: 3px solid var(--mark); outline-offset: 3px }
`

/** The banner: a region at the foot of the window, below the end of the page, so that it hides nothing; without a script. */
export function formatBanner(facts: ConsentFacts & { readonly nonce: string }): Html {
  const { lang, path, back, purposes, nonce } = facts
  const texts = CONSENT_TEXTS[lang]
  const names = Object.values(purposes).map(({ name }) => name[lang])
  return html`${formatStyle(nonce)}<section class="guichet-consent" aria-labelledby="guichet-consent" ${attributes({ lang })}>
<h2 id="guichet-consent">${texts.banner}</h2>
<p>${formatList(names, lang)}</p>
<form method="post" ${attributes({ action: path })}>
<input type="hidden" name="back" value="${back}"><input type="hidden" name="lang" value="${lang}">
<button name="answer" value="refuse">${texts.refuse}</button>
<button name="answer" value="accept">${texts.accept}</button>
<a href="${path}">${texts.choose}</a>
</form>
</section>`
}

/** Our own text, in an element that the policy of the page lets through by its nonce. */
function formatStyle(nonce: string): Html {
  return unsafeHtml(`<style nonce="${escapeHtml(nonce)}">${BANNER_STYLE}</style>`)
}

function formatList(names: readonly string[], lang: string): string {
  return `${new Intl.ListFormat(lang, { type: 'conjunction' }).format(names)}.`
}

export interface CookiePageFacts extends ConsentFacts {
  readonly choice: ConsentChoice | null
  readonly isUnderGpc: boolean
  /** True where the cookies have the names that they have over TLS. */
  readonly isSecure: boolean
}

/** The main part of the cookie page, generated from the declaration: what is not declared cannot be set, so nothing is missing here. */
export function formatCookieMain(facts: CookiePageFacts): Html {
  const { back, purposes } = facts
  const texts = CONSENT_TEXTS[facts.lang]
  const hasPurposes = Object.keys(purposes).length > 0
  return html`<main class="wide"><h1>${texts.title}</h1>
${hasPurposes ? html`<p>${texts.intro}</p>${formatChoice(facts, texts)}` : html`<p>${texts.aboutNecessary}</p>`}
<h2>${texts.cookies}</h2>
${formatTable(facts, texts)}
<p><a href="${back}">${texts.back}</a></p></main>`
}

function formatChoice(facts: CookiePageFacts, texts: ConsentTexts): Html {
  const { lang, path, purposes, choice } = facts
  const boxes = Object.entries(purposes).map(([value, { name, about }]) => {
    const checked = choice?.purposes.includes(value) ?? false
    const box = attributes({ type: 'checkbox', name: 'purposes', value, checked, 'aria-describedby': `about-${value}` })
    return html`<label><input ${box}> ${name[lang]}</label><p class="quiet" id="about-${value}">${about[lang]}</p>`
  })
  return html`<p role="status"><strong>${formatStatus(facts, texts)}</strong> ${texts.lasting}</p>
<form method="post" ${attributes({ action: path })}>
<input type="hidden" name="back" value="${path}"><input type="hidden" name="lang" value="${lang}">
<fieldset><legend>${texts.purposes}</legend>
<label><input type="checkbox" checked disabled> ${texts.necessary}</label><p class="quiet">${texts.aboutNecessary}</p>
${boxes}</fieldset>
<div class="actions"><button name="answer" value="refuse">${texts.refuse}</button>
<button name="answer" value="choice">${texts.save}</button>
<button name="answer" value="accept">${texts.accept}</button></div>
</form>`
}

function formatStatus({ choice, isUnderGpc, lang }: CookiePageFacts, texts: ConsentTexts): string {
  if (choice === null) return isUnderGpc ? texts.byBrowser : texts.undecided
  return texts.decided(new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: 'UTC' }).format(choice.atMs))
}

function formatTable({ lang, cookies, purposes, isSecure }: CookiePageFacts, texts: ConsentTexts): Html {
  const own = FRAMEWORK_COOKIES.map(({ name, maxAgeMs }) => [name, ownCookie(maxAgeMs, name)] as const)
  const rows = [...Object.entries(cookies), ...own].map(([name, cookie]) => {
    const { purpose, about, maxAgeMs } = cookie
    const label = purpose === 'necessary' ? texts.necessary : purposes[purpose]?.name[lang]
    return html`<tr role="row">${formatCell(texts.name, html`<code>${ownCookieName({ name, ...cookie }, isSecure)}</code>`)}${formatCell(texts.purpose, label)}${formatCell(texts.about, about[lang])}${formatCell(texts.duration, formatDuration(maxAgeMs, texts))}</tr>
`
  })
  const heads = [texts.name, texts.purpose, texts.about, texts.duration]
  return html`<table class="stacked" role="table"><thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table>`
}

/** Where the table becomes a list, on a narrow screen, each value says what it is; the roles stay then too. */
function formatCell(label: string, value: Html | string | undefined): Html {
  return html`<td role="cell" data-label="${label}">${value}</td>`
}

function ownCookie(maxAgeMs: number | null, name: keyof ConsentTexts['own']): DeclaredCookie {
  const about = { en: CONSENT_TEXTS.en.own[name], fr: CONSENT_TEXTS.fr.own[name], pt: CONSENT_TEXTS.pt.own[name] }
  return { purpose: 'necessary', about, maxAgeMs }
}

function formatDuration(maxAgeMs: number | null, texts: ConsentTexts): string {
  return maxAgeMs === null ? texts.session : texts.days(Math.max(1, Math.round(maxAgeMs / 86_400_000)))
}
