export type { ErrorPage, ErrorPageReply, ErrorPageRequest } from './core/error-page.ts'
export { defineConsent, type Consent, type ConsentArgs } from './sites/consent.ts'
export type { ConsentChoice } from './sites/consent-choice.ts'
export { BANNER_STYLE } from './sites/consent-page.ts'
export type { Texts } from './sites/consent-texts.ts'
export type {
  BannerOptions,
  ConsentAnswer,
  ConsentOptions,
  ConsentRecord,
  DeclaredCookie,
  Purpose,
} from './sites/consent-types.ts'
export { checkCsrf, CSRF_FIELD, CSRF_HEADER, csrfField, csrfToken } from './sites/csrf.ts'
export { errorPage, type ErrorPageContent, type ErrorPageOptions } from './sites/error-page.ts'
export { type SiteLanguage, SITE_LANGUAGES } from './sites/error-texts.ts'
export { type Flash, setFlash, takeFlash } from './sites/flash.ts'
export { defineForm, type Form, type FormOutcome } from './sites/form.ts'
export type { Field, Fields, FormValues, InputType } from './sites/form-fields.ts'
export type { FormState, RenderOptions } from './sites/form-state.ts'
export { formatPage, PAGE_POLICY, PAGE_STYLE_SOURCE, type PageOptions } from './sites/page.ts'
export { safeRedirect } from './sites/safe-redirect.ts'
export { createStaticFiles, type StaticFiles } from './sites/static-files.ts'
export { HASHED_NAME, type StaticFilesOptions } from './sites/static-settings.ts'
