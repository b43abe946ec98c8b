import { found, html, OPEN, redirect, reply, type UploadedFile } from 'guichet'
import { checkCsrf, CSRF_FIELD, SITE_LANGUAGES, setFlash } from 'guichet/sites'
import { z } from 'zod'
import { routes } from '../desk.ts'
import { consent } from './consent.ts'
import { preferencesForm, reviewForm } from './forms.ts'
import { basketPage, page, productList, productPage, seenList } from './pages.ts'
import { openBasket, readSeen, readVisitor, rememberSeen, type ShopCall, type Visitor } from './visitor.ts'
import { WORDS } from './words.ts'

const reviewForms = { en: reviewForm(WORDS.en), fr: reviewForm(WORDS.fr), pt: reviewForm(WORDS.pt) }
const preferencesForms = { en: preferencesForm(WORDS.en), fr: preferencesForm(WORDS.fr), pt: preferencesForm(WORDS.pt) }

const slug = z.string().regex(/^[a-z]{1,20}$/)
const csrf = { [CSRF_FIELD]: z.string() }

/** A small shop: preferences, a basket, agreement to what is not needed, reviews with pictures. */
export const shop = routes((r) => {
  r.static('/assets', 'shop/assets', { authorize: OPEN })

  r.get('/', { authorize: OPEN }, async (_, call) => {
    const visitor = await readVisitor(call)
    const products = await call.sql.getProducts({ lang: visitor.lang })
    const seen = readSeen(call).flatMap((name) => products.filter((product) => product.slug === name))
    return page(call, visitor, {
      title: '',
      back: '/',
      body: html`${productList(visitor, products)}${seenList(visitor, seen)}`,
    })
  })

  r.get('/fruit/:slug', { authorize: OPEN, params: { slug } }, async (args, call) => {
    rememberSeen(call, args.slug)
    const visitor = await readVisitor(call)
    const { lang } = visitor
    return showProduct(call, visitor, {
      slug: args.slug,
      form: reviewForms[lang].render(call, { lang, action: `/fruit/${args.slug}` }),
    })
  })

  r.post(
    '/fruit/:slug',
    { authorize: OPEN, params: { slug, ...reviewForms.en.params }, bodyBytesMax: 1_200_000 },
    async (args, call) => {
      const visitor = await readVisitor(call)
      const { lang, words } = visitor
      const form = reviewForms[lang]
      const outcome = await form.check(call, args, lang)
      if (!outcome.isValid) {
        const shown = form.render(call, { lang, state: outcome.state })
        return reply(await showProduct(call, visitor, { slug: args.slug, form: shown }), { status: 422 })
      }
      const { pid } = found(await call.sql.getProduct({ slug: args.slug, lang }))
      const { author, stars, words: text, picture } = outcome.values
      await call.sql.addReview({ pid, author, stars, words: text, ...(await readPicture(picture)) })
      setFlash(call, 'done', words.thanks)
      return redirect(`/fruit/${args.slug}`)
    },
  )

  r.get('/pictures/:rid', { authorize: OPEN, params: { rid: z.int() } }, async ({ rid }, { sql }) => {
    const { picture, picture_type } = found(await sql.getPicture({ rid }))
    const headers = {
      'content-type': picture_type ?? 'application/octet-stream',
      'cache-control': 'public, max-age=86400',
    }
    return reply(found(picture), { headers })
  })

  r.get('/basket', { authorize: OPEN }, async (_, call) => {
    const visitor = await readVisitor(call)
    const bid = consent.get(call, 'basket')
    const lines = bid === undefined ? [] : await call.sql.getBasket({ bid, lang: visitor.lang })
    return page(call, visitor, { title: visitor.words.basket, back: '/basket', body: basketPage(call, visitor, lines) })
  })

  r.post(
    '/basket',
    { authorize: OPEN, params: { slug, count: z.int().min(1).max(20), ...csrf } },
    async ({ slug: name, count, ...rest }, call) => {
      checkCsrf(call, rest[CSRF_FIELD])
      const { lang, words } = await readVisitor(call)
      const product = found(await call.sql.getProduct({ slug: name, lang }))
      const bid = await openBasket(call)
      await call.sql.addToBasket({ bid, pid: product.pid, count })
      setFlash(call, 'done', words.added(product.name))
      return redirect('/basket')
    },
  )

  r.post('/basket/remove', { authorize: OPEN, params: { slug, ...csrf } }, async ({ slug: name, ...rest }, call) => {
    checkCsrf(call, rest[CSRF_FIELD])
    const bid = consent.get(call, 'basket')
    const { pid } = found(await call.sql.getProduct({ slug: name, lang: 'en' }))
    if (bid !== undefined) await call.sql.dropFromBasket({ bid, pid })
    return redirect('/basket')
  })

  r.get('/preferences', { authorize: OPEN }, async (_, call) => {
    const visitor = await readVisitor(call)
    const { lang, theme, words } = visitor
    const state = { inputs: { lang, theme }, errors: {} }
    const body = html`<h1>${words.preferences}</h1>${preferencesForms[lang].render(call, { lang, state })}`
    return page(call, visitor, { title: words.preferences, back: '/preferences', body })
  })

  r.post('/preferences', { authorize: OPEN, params: preferencesForms.en.params }, async (args, call) => {
    const visitor = await readVisitor(call)
    const { lang, words } = visitor
    const form = preferencesForms[lang]
    const outcome = await form.check(call, args, lang)
    if (!outcome.isValid) {
      const body = html`<h1>${words.preferences}</h1>${form.render(call, { lang, state: outcome.state })}`
      return reply(page(call, visitor, { title: words.preferences, back: '/preferences', body }), { status: 422 })
    }
    consent.set(call, 'lang', outcome.values.lang)
    consent.set(call, 'theme', outcome.values.theme)
    setFlash(call, 'done', WORDS[outcome.values.lang].saved)
    return redirect('/preferences')
  })

  r.get('/cookies', { authorize: OPEN }, async (_, call) => {
    const { lang } = await readVisitor(call)
    return consent.page(call, { lang })
  })

  r.post('/cookies', { authorize: OPEN, params: consent.params }, async (args, call) => {
    const back = await consent.decide(
      call,
      args,
      ({ id, at, version, shown, accepted, refused, language, how, isUnderGpc }) =>
        call.sql.addConsent({
          id,
          decided_at: at,
          version,
          shown,
          accepted,
          refused,
          language: SITE_LANGUAGES.includes(language) ? language : 'en',
          how,
          is_under_gpc: isUnderGpc,
        }),
    )
    return redirect(back)
  })
})

async function showProduct(
  call: ShopCall,
  visitor: Visitor,
  shown: { readonly slug: string; readonly form: ReturnType<(typeof reviewForms)['en']['render']> },
) {
  const product = found(await call.sql.getProduct({ slug: shown.slug, lang: visitor.lang }))
  const reviews = await call.sql.getReviews({ pid: product.pid })
  const body = productPage(call, visitor, { product, reviews, form: shown.form })
  return page(call, visitor, { title: product.name, back: `/fruit/${shown.slug}`, body })
}

async function readPicture(
  picture: UploadedFile | undefined,
): Promise<{ readonly picture: Uint8Array | null; readonly picture_type: string | null }> {
  if (picture === undefined || picture.sizeBytes === 0) return { picture: null, picture_type: null }
  return { picture: await picture.read(), picture_type: picture.type }
}
