/** Languages in which the framework's own pages speak. */
export type SiteLanguage = 'en' | 'fr' | 'pt'

export const SITE_LANGUAGES: readonly SiteLanguage[] = ['en', 'fr', 'pt']

export interface ErrorText {
  readonly title: string
  readonly advice: string
}

/** What error pages say in one language. */
export interface ErrorTexts {
  readonly byStatus: Readonly<Record<number, ErrorText>>
  /** A form whose token has ended, or came with no cookie: for an honest visitor it is no question of rights. */
  readonly staleForm: ErrorText
  /** A login form with a wrong name or password: which of the two, nobody is told. */
  readonly wrongLogin: ErrorText
  /** A page that asks for a login of the last minutes. */
  readonly oldLogin: ErrorText
  /** Any other status from 400 on. */
  readonly client: ErrorText
  /** Any other status from 500 on. */
  readonly server: ErrorText
  readonly home: string
  readonly login: string
  readonly reference: string
}

export const ERROR_TEXTS: Readonly<Record<SiteLanguage, ErrorTexts>> = {
  en: {
    byStatus: {
      400: { title: 'This request is not right', advice: 'Go back and check what you typed, then send it again.' },
      401: { title: 'Please log in first', advice: 'This page is for people whom we know.' },
      403: {
        title: 'This page is not for you',
        advice: 'You may not see it. If you think you should, ask those who run this site.',
      },
      404: { title: 'This page does not exist', advice: 'The address may be misspelt, or the page may have moved.' },
      405: { title: 'This does not work here', advice: 'Go back and try another way.' },
      409: {
        title: 'Someone was faster',
        advice: 'What you sent does not fit what is already here. Look again, then decide.',
      },
      413: { title: 'This is too large', advice: 'Send something smaller.' },
      421: { title: 'There is no such site here', advice: 'The name in the address may be misspelt.' },
      429: { title: 'Too fast', advice: 'Wait a little, then try again.' },
      503: { title: 'Not at this moment', advice: 'The site is busy. Try again in a minute.' },
    },
    client: { title: 'This did not work', advice: 'Go back and try another way.' },
    server: { title: 'Something broke on our side', advice: 'It is not your fault. Try again in a minute.' },
    staleForm: {
      title: 'This form has expired',
      advice:
        'Go back, load the page again and send it once more. The browser must keep the cookies of this site for that.',
    },
    wrongLogin: { title: 'This login is not right', advice: 'The name or the password is wrong. Try again.' },
    oldLogin: { title: 'Please log in once more', advice: 'This page wants to be sure that it is you.' },
    home: 'Back to the start',
    login: 'Log in',
    reference: 'If you write to us about it, quote',
  },
  fr: {
    byStatus: {
      400: {
        title: 'Cette demande est incorrecte',
        advice: 'Revenez en arrière, vérifiez votre saisie et recommencez.',
      },
      401: { title: 'Connectez-vous d’abord', advice: 'Cette page est réservée aux personnes que nous connaissons.' },
      403: {
        title: 'Cette page ne vous est pas ouverte',
        advice:
          'Vous n’avez pas le droit de la voir. Si cela vous paraît une erreur, demandez aux responsables du site.',
      },
      404: {
        title: 'Cette page n’existe pas',
        advice: 'L’adresse est peut-être mal écrite, ou la page a changé de place.',
      },
      405: { title: 'Cela ne marche pas ici', advice: 'Revenez en arrière et essayez autrement.' },
      409: {
        title: 'Quelqu’un a été plus rapide',
        advice: 'Votre envoi ne s’accorde pas avec ce qui existe déjà. Regardez à nouveau, puis décidez.',
      },
      413: { title: 'C’est trop volumineux', advice: 'Envoyez quelque chose de plus petit.' },
      421: { title: 'Ce site n’est pas ici', advice: 'Le nom dans l’adresse est peut-être mal écrit.' },
      429: { title: 'Trop vite', advice: 'Attendez un peu, puis réessayez.' },
      503: { title: 'Pas maintenant', advice: 'Le site est très demandé. Réessayez dans une minute.' },
    },
    client: { title: 'Cela n’a pas marché', advice: 'Revenez en arrière et essayez autrement.' },
    server: {
      title: 'Quelque chose s’est cassé chez nous',
      advice: 'Vous n’y êtes pour rien. Réessayez dans une minute.',
    },
    staleForm: {
      title: 'Ce formulaire a expiré',
      advice:
        'Revenez en arrière, rechargez la page et renvoyez-le. Pour cela, le navigateur doit garder les cookies de ce site.',
    },
    wrongLogin: { title: 'Cette connexion n’a pas réussi', advice: 'Le nom ou le mot de passe est faux. Réessayez.' },
    oldLogin: { title: 'Connectez-vous encore une fois', advice: 'Cette page veut être sûre que c’est bien vous.' },
    home: 'Retour à l’accueil',
    login: 'Se connecter',
    reference: 'Si vous nous écrivez à ce sujet, citez',
  },
  pt: {
    byStatus: {
      400: { title: 'Este pedido não está correto', advice: 'Volte atrás, verifique o que escreveu e envie de novo.' },
      401: { title: 'Inicie a sessão primeiro', advice: 'Esta página é para pessoas que conhecemos.' },
      403: {
        title: 'Esta página não é para si',
        advice: 'Não tem permissão para a ver. Se acha que devia ter, fale com os responsáveis do site.',
      },
      404: {
        title: 'Esta página não existe',
        advice: 'O endereço pode estar mal escrito, ou a página pode ter mudado de lugar.',
      },
      405: { title: 'Isto não funciona aqui', advice: 'Volte atrás e tente de outra forma.' },
      409: {
        title: 'Alguém foi mais rápido',
        advice: 'O que enviou não combina com o que já existe. Veja de novo e decida.',
      },
      413: { title: 'É demasiado grande', advice: 'Envie algo mais pequeno.' },
      421: { title: 'Este sítio não está aqui', advice: 'O nome no endereço pode estar mal escrito.' },
      429: { title: 'Demasiado depressa', advice: 'Espere um pouco e tente de novo.' },
      503: { title: 'Agora não', advice: 'O site está muito ocupado. Tente de novo daqui a um minuto.' },
    },
    client: { title: 'Não funcionou', advice: 'Volte atrás e tente de outra forma.' },
    server: { title: 'Algo se partiu do nosso lado', advice: 'A culpa não é sua. Tente de novo daqui a um minuto.' },
    staleForm: {
      title: 'Este formulário expirou',
      advice:
        'Volte atrás, recarregue a página e envie-o de novo. Para isso, o navegador tem de guardar os cookies deste site.',
    },
    wrongLogin: {
      title: 'Não foi possível iniciar a sessão',
      advice: 'O nome ou a palavra-passe está errado. Tente de novo.',
    },
    oldLogin: { title: 'Inicie a sessão mais uma vez', advice: 'Esta página quer ter a certeza de que é mesmo você.' },
    home: 'Voltar ao início',
    login: 'Iniciar sessão',
    reference: 'Se nos escrever sobre isto, indique',
  },
}
