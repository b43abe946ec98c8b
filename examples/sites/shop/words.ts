import type { SiteLanguage } from 'guichet/sites'

/** What the shop says, in one language. */
export interface Words {
  readonly name: string
  readonly headline: string
  readonly lead: string
  readonly basket: string
  readonly empty: string
  readonly total: string
  readonly add: string
  readonly added: (what: string) => string
  readonly remove: string
  readonly many: string
  readonly preferences: string
  readonly language: string
  readonly theme: string
  readonly themes: { readonly auto: string; readonly light: string; readonly dark: string }
  readonly saved: string
  readonly cookies: string
  readonly seen: string
  readonly reviews: string
  readonly noReviews: string
  readonly yourReview: string
  readonly author: string
  readonly stars: string
  readonly words: string
  readonly picture: string
  readonly pictureHint: string
  readonly send: string
  readonly thanks: string
  readonly outOf: (stars: number) => string
  readonly start: string
}

export const WORDS: Readonly<Record<SiteLanguage, Words>> = {
  en: {
    name: 'The Corner Orchard',
    headline: 'Ripe this week',
    lead: 'Picked yesterday, on four farms within a day’s walk.',
    basket: 'Basket',
    empty: 'Your basket is empty.',
    total: 'Total',
    add: 'Put in the basket',
    added: (what) => `${what}: in your basket.`,
    remove: 'Take out',
    many: 'How many',
    preferences: 'Preferences',
    language: 'Language',
    theme: 'Colours',
    themes: { auto: 'As my device', light: 'Light', dark: 'Dark' },
    saved: 'Your preferences are kept.',
    cookies: 'Cookies',
    seen: 'You looked at',
    reviews: 'What people say',
    noReviews: 'Nobody has said anything yet.',
    yourReview: 'Say something',
    author: 'Your name',
    stars: 'Stars, from 1 to 5',
    words: 'Your words',
    picture: 'A picture',
    pictureHint: 'PNG, JPEG or WebP, 1 MB at most',
    send: 'Send',
    thanks: 'Thank you: your words are here.',
    outOf: (stars) => `${stars} out of 5`,
    start: 'All fruit',
  },
  fr: {
    name: 'Le Verger du coin',
    headline: 'Mûr cette semaine',
    lead: 'Cueilli hier, dans quatre fermes à moins d’un jour de marche.',
    basket: 'Panier',
    empty: 'Votre panier est vide.',
    total: 'Total',
    add: 'Mettre au panier',
    added: (what) => `${what} : dans votre panier.`,
    remove: 'Retirer',
    many: 'Combien',
    preferences: 'Préférences',
    language: 'Langue',
    theme: 'Couleurs',
    themes: { auto: 'Comme mon appareil', light: 'Claires', dark: 'Sombres' },
    saved: 'Vos préférences sont gardées.',
    cookies: 'Cookies',
    seen: 'Vous avez regardé',
    reviews: 'Ce qu’on en dit',
    noReviews: 'Personne n’a encore rien dit.',
    yourReview: 'Dites quelque chose',
    author: 'Votre nom',
    stars: 'Étoiles, de 1 à 5',
    words: 'Vos mots',
    picture: 'Une photo',
    pictureHint: 'PNG, JPEG ou WebP, 1 Mo au plus',
    send: 'Envoyer',
    thanks: 'Merci : vos mots sont ici.',
    outOf: (stars) => `${stars} sur 5`,
    start: 'Tous les fruits',
  },
  pt: {
    name: 'O Pomar da esquina',
    headline: 'Maduro esta semana',
    lead: 'Colhido ontem, em quatro quintas a menos de um dia a pé.',
    basket: 'Cesto',
    empty: 'O seu cesto está vazio.',
    total: 'Total',
    add: 'Pôr no cesto',
    added: (what) => `${what}: no seu cesto.`,
    remove: 'Tirar',
    many: 'Quantos',
    preferences: 'Preferências',
    language: 'Língua',
    theme: 'Cores',
    themes: { auto: 'Como o meu aparelho', light: 'Claras', dark: 'Escuras' },
    saved: 'As suas preferências estão guardadas.',
    cookies: 'Cookies',
    seen: 'Já viu',
    reviews: 'O que dizem',
    noReviews: 'Ainda ninguém disse nada.',
    yourReview: 'Diga alguma coisa',
    author: 'O seu nome',
    stars: 'Estrelas, de 1 a 5',
    words: 'As suas palavras',
    picture: 'Uma fotografia',
    pictureHint: 'PNG, JPEG ou WebP, 1 MB no máximo',
    send: 'Enviar',
    thanks: 'Obrigado: as suas palavras estão aqui.',
    outOf: (stars) => `${stars} em 5`,
    start: 'Toda a fruta',
  },
}
