import { found, OPEN, redirect } from 'guichet'
import { checkCsrf, CSRF_FIELD, setFlash } from 'guichet/sites'
import { z } from 'zod'
import { routes } from '../desk.ts'
import { consent } from './consent.ts'
import { slug } from './fruit.ts'
import { basketPage, page } from './pages.ts'
import { openBasket, readVisitor } from './visitor.ts'

const csrf = { [CSRF_FIELD]: z.string() }

/** The basket of a browser: its id is in a cookie, its content in the database. */
export const basket = routes((r) => {
  r.get('/', { authorize: OPEN }, async (_, call) => {
    const visitor = await readVisitor(call)
    const bid = consent.get(call, 'basket')
    const lines = bid === undefined ? [] : await call.sql.getBasket({ bid, lang: visitor.lang })
    return page(call, visitor, { title: visitor.words.basket, back: '/basket', body: basketPage(call, visitor, lines) })
  })

  const added = { slug, count: z.int().min(1).max(20), ...csrf }
  r.post('/', { authorize: OPEN, params: added }, async ({ slug: name, count, [CSRF_FIELD]: token }, call) => {
    checkCsrf(call, token)
    const { lang, words } = await readVisitor(call)
    const product = found(await call.sql.getProduct({ slug: name, lang }))
    const bid = await openBasket(call)
    await call.sql.addToBasket({ bid, pid: product.pid, count })
    setFlash(call, 'done', words.added(product.name))
    return redirect('/basket')
  })

  r.post(
    '/remove',
    { authorize: OPEN, params: { slug, ...csrf } },
    async ({ slug: name, [CSRF_FIELD]: token }, call) => {
      checkCsrf(call, token)
      const bid = consent.get(call, 'basket')
      const { pid } = found(await call.sql.getProduct({ slug: name, lang: 'en' }))
      if (bid !== undefined) await call.sql.dropFromBasket({ bid, pid })
      return redirect('/basket')
    },
  )
})
