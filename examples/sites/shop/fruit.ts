import { found, html, type Html, OPEN, redirect, reply, type UploadedFile } from 'guichet'
import { setFlash } from 'guichet/sites'
import { z } from 'zod'
import { routes } from '../desk.ts'
import { reviewForm } from './forms.ts'
import { page, productList, productPage, seenList } from './pages.ts'
import { readSeen, readVisitor, rememberSeen, type ShopCall, type Visitor } from './visitor.ts'
import { WORDS } from './words.ts'

const forms = { en: reviewForm(WORDS.en), fr: reviewForm(WORDS.fr), pt: reviewForm(WORDS.pt) }

export const slug = z.string().regex(/^[a-z]{1,20}$/)

/** What is for sale, and what people say about it. */
export const fruit = routes((r) => {
  r.get('/', { authorize: OPEN }, async (_, call) => {
    const visitor = await readVisitor(call)
    const products = await call.sql.getProducts({ lang: visitor.lang })
    const seen = readSeen(call).flatMap((name) => products.filter((product) => product.slug === name))
    const body = html`${productList(visitor, products)}${seenList(visitor, seen)}`
    return page(call, visitor, { title: '', back: '/', body })
  })

  r.get('/fruit/:slug', { authorize: OPEN, params: { slug } }, async (args, call) => {
    const visitor = await readVisitor(call)
    const { lang } = visitor
    const form = forms[lang].render(call, { lang, action: `/fruit/${args.slug}` })
    const shown = await showProduct(call, visitor, { slug: args.slug, form })
    rememberSeen(call, args.slug)
    return shown
  })

  r.post('/fruit/:slug', { authorize: OPEN, params: { slug, ...forms.en.params } }, async (args, call) => {
    const visitor = await readVisitor(call)
    const { lang, words } = visitor
    const outcome = await forms[lang].check(call, args, lang)
    if (!outcome.isValid) {
      const form = forms[lang].render(call, { lang, state: outcome.state })
      return reply(await showProduct(call, visitor, { slug: args.slug, form }), { status: 422 })
    }
    const { pid } = found(await call.sql.getProduct({ slug: args.slug, lang }))
    const { picture, ...review } = outcome.values
    await call.sql.addReview({ pid, ...review, ...(await readPicture(picture)) })
    setFlash(call, 'done', words.thanks)
    return redirect(`/fruit/${args.slug}`)
  })

  r.get('/pictures/:rid', { authorize: OPEN, params: { rid: z.int() } }, async ({ rid }, { sql }) => {
    const { picture, picture_type } = found(await sql.getPicture({ rid }))
    const type = picture_type ?? 'application/octet-stream'
    return reply(found(picture), { headers: { 'content-type': type, 'cache-control': 'public, max-age=86400' } })
  })
})

interface Shown {
  readonly slug: string
  readonly form: Html
}

async function showProduct(call: ShopCall, visitor: Visitor, { slug: name, form }: Shown): Promise<Html> {
  const product = found(await call.sql.getProduct({ slug: name, lang: visitor.lang }))
  const reviews = await call.sql.getReviews({ pid: product.pid })
  const body = productPage(call, visitor, { product, reviews, form })
  return page(call, visitor, { title: product.name, back: `/fruit/${name}`, body })
}

interface Picture {
  readonly picture: Uint8Array | null
  readonly picture_type: string | null
}

async function readPicture(picture: UploadedFile | undefined): Promise<Picture> {
  if (picture === undefined || picture.sizeBytes === 0) return { picture: null, picture_type: null }
  return { picture: await picture.read(), picture_type: picture.type }
}
