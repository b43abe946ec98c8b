import type { ErrorPage, ErrorPageRequest } from '../core/error-page.ts'
import type { Refusal } from '../core/refusal.ts'
import { type Html, html } from '../wire/html.ts'
import { chooseLanguage, prefersHtml } from '../wire/quality.ts'
import { ERROR_TEXTS, type ErrorText, type ErrorTexts, SITE_LANGUAGES, type SiteLanguage } from './error-texts.ts'
import { formatPage, PAGE_POLICY } from './page.ts'

/** What a layout is given to show. */
export interface ErrorPageContent {
  readonly status: number
  /** A short sentence for people, in `lang`. */
  readonly title: string
  /** What to do next, in `lang`. */
  readonly advice: string
  /** What the app itself said (`refuse(409, '…')`); empty for what the framework refused. */
  readonly message: string
  readonly callId: string
  readonly lang: SiteLanguage
  /** Nonce for styles inside the page; a layout with its own `policy` has no use for it. */
  readonly nonce: string
  /** The main part of the default page: place it in the layout of the site. */
  readonly main: Html
}

export interface ErrorPageOptions {
  /** The whole page; by default the framework's own look. */
  readonly layout?: (content: ErrorPageContent) => Html
  /** `Content-Security-Policy` of a page with its own layout. */
  readonly policy?: string
  /** Where "back to the start" leads; `/` by default. */
  readonly home?: string
  /** The page where people log in: a 401 links to it, with the page that they wanted as `?next=`. */
  readonly login?: string
  /** Languages offered, the first is the default; all three by default. */
  readonly languages?: readonly SiteLanguage[]
}

/**
 * Pages for refusals and faults: for those whose `Accept` prefers HTML, as browsers say; others get problem details. It
 * never shows why something failed, only the id under which the log knows it.
 */
export function errorPage(options: ErrorPageOptions = {}): ErrorPage {
  const { layout = defaultLayout, home = '/', login = null, languages = SITE_LANGUAGES } = options
  const policy = options.layout === undefined ? PAGE_POLICY : options.policy
  const headers = [
    'cache-control',
    'no-store',
    'vary',
    'accept, accept-language',
    ...(policy === undefined ? [] : ['content-security-policy', policy]),
  ]
  return (refusal, request) => {
    if (!prefersHtml(request.header('accept'))) return null
    const found = chooseLanguage(request.header('accept-language'), languages)
    const lang = languages.find((one) => one === found) ?? 'en'
    return {
      text: layout(describe(refusal, request, { lang, home, login })).text,
      headers: ['content-language', lang, ...headers],
    }
  }
}

function describe(
  refusal: Refusal,
  request: ErrorPageRequest,
  { lang, home, login }: { readonly lang: SiteLanguage; readonly home: string; readonly login: string | null },
): ErrorPageContent {
  const { status, code } = refusal
  const texts = ERROR_TEXTS[lang]
  const { title, advice } = textsOf(texts, refusal)
  const message = code === 'HANDLE_REFUSED' ? refusal.message : ''
  const main = html`<main>
<p class="status">${status}</p>
<h1>${title}</h1>
${message === '' ? null : html`<p>${message}</p>`}
<p>${advice}</p>
${login === null || status !== 401 ? null : html`<p><a href="${loginTarget(login, request)}">${texts.login}</a></p>`}
${status === 421 ? null : html`<p><a href="${home}">${texts.home}</a></p>`}
<p class="quiet">${texts.reference} <code>${request.id}</code></p>
</main>`
  return { status, title, advice, message, callId: request.id, lang, nonce: request.nonce, main }
}

/** A page can be shown again after the login; a form that was sent cannot. */
function loginTarget(login: string, { method, path, query }: ErrorPageRequest): string {
  if (method !== 'GET') return login
  return `${login}?next=${encodeURIComponent(query === '' ? path : `${path}?${query}`)}`
}

function textsOf(texts: ErrorTexts, { code, status }: Refusal): ErrorText {
  if (code === 'GUARD_CSRF') return texts.staleForm
  if (code === 'AUTHN_BAD_CREDENTIALS') return texts.wrongLogin
  if (code === 'AUTHN_NOT_FRESH') return texts.oldLogin
  return texts.byStatus[status] ?? (status >= 500 ? texts.server : texts.client)
}

function defaultLayout({ status, title, lang, main }: ErrorPageContent): Html {
  return formatPage({ title: `${status} · ${title}`, body: main, lang })
}
