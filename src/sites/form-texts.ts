import type { SiteLanguage } from './error-texts.ts'

/** What forms say by themselves, in one language. */
export interface FormTexts {
  readonly required: string
  readonly number: string
  readonly choice: string
  readonly optional: string
  readonly submit: string
  /** Files that are not taken. */
  readonly file: FileTexts
  /** Above the form, when fields are wrong. */
  readonly summary: (count: number) => string
}

export interface FileTexts {
  readonly tooLarge: (size: string) => string
  /** `types` is a list in words: `PNG or JPEG`. */
  readonly wrongType: (types: string) => string
  /** The name or the content is not that of the type. */
  readonly broken: string
  readonly tooMany: (count: number) => string
  readonly tooFew: (count: number) => string
}

export const FORM_TEXTS: Readonly<Record<SiteLanguage, FormTexts>> = {
  en: {
    required: 'Please fill this in',
    number: 'Please give a number',
    choice: 'Please choose one of the list',
    optional: 'optional',
    submit: 'Send',
    file: {
      tooLarge: (size) => `This file is too large: ${size} at most`,
      wrongType: (types) => `Please choose a file of another type: ${types}`,
      broken: 'This file is not what its name says; it may be damaged',
      tooMany: (count) => (count === 1 ? 'Please choose one file only' : `Please choose ${count} files at most`),
      tooFew: (count) => `Please choose ${count} files at least`,
    },
    summary: (count) => (count === 1 ? 'One field is not right yet' : `${count} fields are not right yet`),
  },
  fr: {
    required: 'Remplissez ce champ',
    number: 'Donnez un nombre',
    choice: 'Choisissez dans la liste',
    optional: 'facultatif',
    submit: 'Envoyer',
    file: {
      tooLarge: (size) => `Ce fichier est trop grand : ${size} au plus`,
      wrongType: (types) => `Choisissez un fichier d’un autre type : ${types}`,
      broken: 'Ce fichier n’est pas ce que dit son nom ; il est peut-être abîmé',
      tooMany: (count) => (count === 1 ? 'Choisissez un seul fichier' : `Choisissez ${count} fichiers au plus`),
      tooFew: (count) => `Choisissez au moins ${count} fichiers`,
    },
    summary: (count) => (count === 1 ? 'Un champ est à corriger' : `${count} champs sont à corriger`),
  },
  pt: {
    required: 'Preencha este campo',
    number: 'Indique um número',
    choice: 'Escolha um valor da lista',
    optional: 'opcional',
    submit: 'Enviar',
    file: {
      tooLarge: (size) => `Este ficheiro é demasiado grande: ${size} no máximo`,
      wrongType: (types) => `Escolha um ficheiro de outro tipo: ${types}`,
      broken: 'Este ficheiro não é o que o seu nome diz; pode estar danificado',
      tooMany: (count) => (count === 1 ? 'Escolha um só ficheiro' : `Escolha ${count} ficheiros no máximo`),
      tooFew: (count) => `Escolha pelo menos ${count} ficheiros`,
    },
    summary: (count) => (count === 1 ? 'Um campo precisa de correção' : `${count} campos precisam de correção`),
  },
}
