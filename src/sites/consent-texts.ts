import type { SiteLanguage } from './error-texts.ts'

/** A text in every language of the framework's own pages. */
export type Texts = Readonly<Record<SiteLanguage, string>>

/** What the banner and the cookie page say, in one language. */
export interface ConsentTexts {
  readonly banner: string
  readonly intro: string
  readonly necessary: string
  readonly aboutNecessary: string
  readonly accept: string
  readonly refuse: string
  readonly choose: string
  readonly save: string
  readonly title: string
  readonly purposes: string
  readonly cookies: string
  readonly name: string
  readonly purpose: string
  readonly duration: string
  readonly about: string
  readonly session: string
  readonly days: (count: number) => string
  readonly undecided: string
  readonly decided: (date: string) => string
  readonly byBrowser: string
  readonly lasting: string
  readonly back: string
  /** What the framework's own cookies are for. */
  readonly own: Readonly<Record<'consent' | 'visitor' | 'flash', string>>
}

export const CONSENT_TEXTS: Readonly<Record<SiteLanguage, ConsentTexts>> = {
  en: {
    banner: 'May we keep more than the site needs?',
    intro:
      'This site works without cookies that you do not want. Those below are set only if you agree, for the purposes that you choose. You can change your mind at any time on this page.',
    necessary: 'Needed',
    aboutNecessary: 'Without these the site does not work. They follow nobody and need no agreement.',
    accept: 'Accept all',
    refuse: 'Refuse all',
    choose: 'Choose by purpose',
    save: 'Save my choice',
    title: 'Cookies',
    purposes: 'What they are for',
    cookies: 'All cookies of this site',
    name: 'Name',
    purpose: 'Purpose',
    duration: 'Kept',
    about: 'What it holds',
    session: 'until the browser is closed',
    days: (count) => (count === 1 ? 'a day at most' : `${count} days`),
    undecided: 'You have not chosen yet: only the needed ones are used.',
    decided: (date) => `You chose on ${date}.`,
    byBrowser: 'Your browser asks not to be followed (Global Privacy Control): we take this as a refusal.',
    lasting: 'We ask again after six months.',
    back: 'Back to the site',
    own: {
      consent: 'Your choice on this page',
      visitor: 'A random number that protects forms against forgery',
      flash: 'A message for the next page',
    },
  },
  fr: {
    banner: 'Pouvons-nous garder plus que le nécessaire ?',
    intro:
      'Ce site fonctionne sans les cookies que vous ne voulez pas. Ceux qui suivent ne sont déposés qu’avec votre accord, pour les finalités que vous choisissez. Vous pouvez changer d’avis à tout moment sur cette page.',
    necessary: 'Nécessaires',
    aboutNecessary: 'Sans eux le site ne fonctionne pas. Ils ne suivent personne et ne demandent pas d’accord.',
    accept: 'Tout accepter',
    refuse: 'Tout refuser',
    choose: 'Choisir par finalité',
    save: 'Enregistrer mon choix',
    title: 'Cookies',
    purposes: 'À quoi ils servent',
    cookies: 'Tous les cookies de ce site',
    name: 'Nom',
    purpose: 'Finalité',
    duration: 'Conservé',
    about: 'Contenu',
    session: 'jusqu’à la fermeture du navigateur',
    days: (count) => (count === 1 ? 'un jour au plus' : `${count} jours`),
    undecided: 'Vous n’avez pas encore choisi : seuls les cookies nécessaires sont utilisés.',
    decided: (date) => `Vous avez choisi le ${date}.`,
    byBrowser: 'Votre navigateur demande à ne pas être suivi (Global Privacy Control) : cela vaut refus.',
    lasting: 'Nous reposons la question après six mois.',
    back: 'Retour au site',
    own: {
      consent: 'Votre choix sur cette page',
      visitor: 'Un nombre aléatoire qui protège les formulaires contre la falsification',
      flash: 'Un message pour la page suivante',
    },
  },
  pt: {
    banner: 'Podemos guardar mais do que o necessário?',
    intro:
      'Este site funciona sem os cookies que não quiser. Os seguintes só são usados com o seu acordo, para as finalidades que escolher. Pode mudar de ideias a qualquer momento nesta página.',
    necessary: 'Necessários',
    aboutNecessary: 'Sem eles o site não funciona. Não seguem ninguém e não precisam de acordo.',
    accept: 'Aceitar tudo',
    refuse: 'Recusar tudo',
    choose: 'Escolher por finalidade',
    save: 'Guardar a minha escolha',
    title: 'Cookies',
    purposes: 'Para que servem',
    cookies: 'Todos os cookies deste site',
    name: 'Nome',
    purpose: 'Finalidade',
    duration: 'Guardado',
    about: 'Conteúdo',
    session: 'até fechar o navegador',
    days: (count) => (count === 1 ? 'um dia no máximo' : `${count} dias`),
    undecided: 'Ainda não escolheu: só se usam os cookies necessários.',
    decided: (date) => `Escolheu em ${date}.`,
    byBrowser: 'O seu navegador pede para não ser seguido (Global Privacy Control): vale como recusa.',
    lasting: 'Voltamos a perguntar ao fim de seis meses.',
    back: 'Voltar ao site',
    own: {
      consent: 'A sua escolha nesta página',
      visitor: 'Um número aleatório que protege os formulários contra falsificação',
      flash: 'Uma mensagem para a página seguinte',
    },
  },
}
