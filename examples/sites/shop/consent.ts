import { defineConsent } from 'guichet/sites'

const DAY_MS = 86_400_000

/** Every cookie of the shop. What is not here cannot be set, and what needs an agreement waits for it. */
export const consent = defineConsent({
  version: '2026-06',
  purposes: {
    reminder: {
      name: {
        en: 'Reminding you what you looked at',
        fr: 'Vous rappeler ce que vous avez regardé',
        pt: 'Lembrar-lhe o que viu',
      },
      about: {
        en: 'We keep the last four fruits that you looked at in your browser, and show them again. Nobody else reads them.',
        fr: 'Nous gardons dans votre navigateur les quatre derniers fruits regardés, pour vous les montrer. Personne d’autre ne les lit.',
        pt: 'Guardamos no seu navegador as últimas quatro frutas que viu, para as mostrar de novo. Mais ninguém as lê.',
      },
    },
  },
  cookies: {
    basket: {
      purpose: 'necessary',
      about: { en: 'Which basket is yours', fr: 'Lequel est votre panier', pt: 'Qual é o seu cesto' },
      maxAgeMs: 30 * DAY_MS,
    },
    // The visitor chose them on a page made for it: that is the service asked for, and needs no further agreement.
    lang: {
      purpose: 'necessary',
      about: { en: 'The language that you chose', fr: 'La langue que vous avez choisie', pt: 'A língua que escolheu' },
      maxAgeMs: 365 * DAY_MS,
    },
    theme: {
      purpose: 'necessary',
      about: {
        en: 'The colours that you chose',
        fr: 'Les couleurs que vous avez choisies',
        pt: 'As cores que escolheu',
      },
      maxAgeMs: 365 * DAY_MS,
    },
    seen: {
      purpose: 'reminder',
      about: {
        en: 'The last fruits that you looked at',
        fr: 'Les derniers fruits regardés',
        pt: 'As últimas frutas que viu',
      },
      maxAgeMs: 90 * DAY_MS,
    },
  },
})
