import { html, type Html, OPEN, redirect, reply } from 'guichet'
import { setFlash } from 'guichet/sites'
import { routes } from '../desk.ts'
import { consent } from './consent.ts'
import { preferencesForm } from './forms.ts'
import { page } from './pages.ts'
import { readVisitor, type ShopCall, type Visitor } from './visitor.ts'
import { WORDS } from './words.ts'

const forms = { en: preferencesForm(WORDS.en), fr: preferencesForm(WORDS.fr), pt: preferencesForm(WORDS.pt) }

/** Language and colours, kept in cookies that the visitor asked for. */
export const preferences = routes((r) => {
  r.get('/', { authorize: OPEN }, async (_, call) => {
    const visitor = await readVisitor(call)
    const { lang, theme } = visitor
    const state = { inputs: { lang, theme }, errors: {} }
    return show(call, visitor, forms[lang].render(call, { lang, state }))
  })

  r.post('/', { authorize: OPEN, params: forms.en.params }, async (args, call) => {
    const visitor = await readVisitor(call)
    const { lang } = visitor
    const outcome = await forms[lang].check(call, args, lang)
    if (!outcome.isValid) {
      const form = forms[lang].render(call, { lang, state: outcome.state })
      return reply(show(call, visitor, form), { status: 422 })
    }
    const { lang: chosen, theme } = outcome.values
    consent.set(call, 'lang', chosen)
    consent.set(call, 'theme', theme)
    setFlash(call, 'done', WORDS[chosen].saved)
    return redirect('/preferences')
  })
})

function show(call: ShopCall, visitor: Visitor, form: Html): Html {
  const { preferences: title } = visitor.words
  return page(call, visitor, { title, back: '/preferences', body: html`<h1>${title}</h1>${form}` })
}
