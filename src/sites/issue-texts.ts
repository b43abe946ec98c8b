import type { SchemaIssue } from '../core/params.ts'
import type { SiteLanguage } from './error-texts.ts'

/** What a schema finds in a field, in words for the person who filled it in. */
interface IssueTexts {
  readonly shortText: (count: number) => string
  readonly longText: (count: number) => string
  readonly fewChoices: (count: number) => string
  readonly manyChoices: (count: number) => string
  readonly least: (value: string) => string
  readonly most: (value: string) => string
  readonly above: (value: string) => string
  readonly below: (value: string) => string
  readonly whole: string
  readonly email: string
  readonly url: string
  readonly other: string
}

const ISSUE_TEXTS: Readonly<Record<SiteLanguage, IssueTexts>> = {
  en: {
    shortText: (count) => (count === 1 ? 'Please fill this in' : `Please write ${count} characters at least`),
    longText: (count) => `Please write ${count} characters at most`,
    fewChoices: (count) => `Please choose ${count} at least`,
    manyChoices: (count) => `Please choose ${count} at most`,
    least: (value) => `${value} or more, please`,
    most: (value) => `${value} or less, please`,
    above: (value) => `More than ${value}, please`,
    below: (value) => `Less than ${value}, please`,
    whole: 'Please give a whole number',
    email: 'Please give an e-mail address, such as ana@example.org',
    url: 'Please give a web address, such as https://example.org',
    other: 'This is not right yet',
  },
  fr: {
    shortText: (count) => (count === 1 ? 'Remplissez ce champ' : `Écrivez au moins ${count} caractères`),
    longText: (count) => `Écrivez ${count} caractères au plus`,
    fewChoices: (count) => `Choisissez-en au moins ${count}`,
    manyChoices: (count) => `Choisissez-en ${count} au plus`,
    least: (value) => `${value} au moins`,
    most: (value) => `${value} au plus`,
    above: (value) => `Plus de ${value}`,
    below: (value) => `Moins de ${value}`,
    whole: 'Donnez un nombre entier',
    email: 'Donnez une adresse électronique, comme ana@example.org',
    url: 'Donnez une adresse web, comme https://example.org',
    other: 'Ce champ est à corriger',
  },
  pt: {
    shortText: (count) => (count === 1 ? 'Preencha este campo' : `Escreva pelo menos ${count} caracteres`),
    longText: (count) => `Escreva ${count} caracteres no máximo`,
    fewChoices: (count) => `Escolha pelo menos ${count}`,
    manyChoices: (count) => `Escolha ${count} no máximo`,
    least: (value) => `${value} no mínimo`,
    most: (value) => `${value} no máximo`,
    above: (value) => `Mais de ${value}`,
    below: (value) => `Menos de ${value}`,
    whole: 'Indique um número inteiro',
    email: 'Indique um endereço eletrónico, como ana@example.org',
    url: 'Indique um endereço web, como https://example.org',
    other: 'Este campo precisa de correção',
  },
}

// How Zod begins what it says by itself; what the app wrote in its schema is for people already.
const OWN_WORDS = /^(?:Too (?:small|big)|Invalid)\b/

/** The message of a schema; where it is the library's own, made for programs, the same in words for people. */
export function sayIssue(issue: SchemaIssue | undefined, lang: SiteLanguage): string {
  const texts = ISSUE_TEXTS[lang]
  if (issue === undefined) return texts.other
  if (!OWN_WORDS.test(issue.message)) return issue.message
  const { code, origin, minimum, maximum, inclusive, format, expected } = factsOf(issue)
  const isWithin = inclusive !== false
  if (code === 'too_small') return sayBound(minimum, origin, { lang, ...lower(texts, isWithin) })
  if (code === 'too_big') return sayBound(maximum, origin, { lang, ...upper(texts, isWithin) })
  if (format === 'email') return texts.email
  if (format === 'url') return texts.url
  return expected === 'int' ? texts.whole : texts.other
}

interface BoundTexts {
  readonly lang: SiteLanguage
  readonly text: (count: number) => string
  readonly choices: (count: number) => string
  readonly value: (value: string) => string
}

function lower({ shortText, fewChoices, least, above }: IssueTexts, isWithin: boolean): Omit<BoundTexts, 'lang'> {
  return { text: shortText, choices: fewChoices, value: isWithin ? least : above }
}

function upper({ longText, manyChoices, most, below }: IssueTexts, isWithin: boolean): Omit<BoundTexts, 'lang'> {
  return { text: longText, choices: manyChoices, value: isWithin ? most : below }
}

function sayBound(bound: unknown, origin: unknown, { lang, text, choices, value }: BoundTexts): string {
  if (typeof bound !== 'number' && typeof bound !== 'bigint') return ISSUE_TEXTS[lang].other
  if (origin === 'string') return text(Number(bound))
  if (origin === 'array' || origin === 'set') return choices(Number(bound))
  if (origin === 'date') return value(new Intl.DateTimeFormat(lang, { timeZone: 'UTC' }).format(Number(bound)))
  return value(new Intl.NumberFormat(lang).format(bound))
}

/** What Zod adds to an issue (its `$ZodIssue`); other libraries add other things, or nothing. */
interface ZodFacts {
  readonly code?: unknown
  readonly origin?: unknown
  readonly minimum?: unknown
  readonly maximum?: unknown
  readonly inclusive?: unknown
  readonly format?: unknown
  readonly expected?: unknown
}

function factsOf(issue: SchemaIssue): ZodFacts {
  return issue as ZodFacts // every field is optional and unknown
}
