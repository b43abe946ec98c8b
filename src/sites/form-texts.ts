import type { SiteLanguage } from './error-texts.ts'

/** What forms say by themselves, in one language. */
export interface FormTexts {
  readonly required: string
  readonly number: string
  readonly choice: string
  readonly optional: string
  readonly submit: string
  /** Above the form, when fields are wrong. */
  readonly summary: (count: number) => string
}

export const FORM_TEXTS: Readonly<Record<SiteLanguage, FormTexts>> = {
  en: {
    required: 'Please fill this in',
    number: 'Please give a number',
    choice: 'Please choose one of the list',
    optional: 'optional',
    submit: 'Send',
    summary: (count) => (count === 1 ? 'One field is not right yet' : `${count} fields are not right yet`),
  },
  fr: {
    required: 'Remplissez ce champ',
    number: 'Donnez un nombre',
    choice: 'Choisissez dans la liste',
    optional: 'facultatif',
    submit: 'Envoyer',
    summary: (count) => (count === 1 ? 'Un champ est à corriger' : `${count} champs sont à corriger`),
  },
  pt: {
    required: 'Preencha este campo',
    number: 'Indique um número',
    choice: 'Escolha um valor da lista',
    optional: 'opcional',
    submit: 'Enviar',
    summary: (count) => (count === 1 ? 'Um campo precisa de correção' : `${count} campos precisam de correção`),
  },
}
