import type { SiteLanguage } from './error-texts.ts'

/** What is shown in a form: what was typed, and what is wrong with it. */
export interface FormState {
  /** Text of each field by name; a list for several choices. Passwords and files are never shown again. */
  readonly inputs: Readonly<Record<string, unknown>>
  /** What is wrong, by field. */
  readonly errors: Readonly<Record<string, string>>
}

export interface RenderOptions {
  /** What the form shows; empty fields by default. */
  readonly state?: FormState
  /** Where it is sent; the address of the page by default. */
  readonly action?: string
  /** Text of the button. */
  readonly submit?: string
  readonly lang?: SiteLanguage
}
