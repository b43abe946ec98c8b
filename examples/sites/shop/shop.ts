import { OPEN } from 'guichet'
import { routes } from '../desk.ts'
import { basket } from './basket.ts'
import { cookies } from './cookies.ts'
import { fruit } from './fruit.ts'
import { preferences } from './preferences.ts'

/** A small shop: preferences, a basket, agreement to what is not needed, reviews with pictures. */
export const shop = routes((r) => {
  r.static('/assets', 'shop/assets', { authorize: OPEN })
  r.mount('/', fruit)
  r.mount('/basket', basket)
  r.mount('/preferences', preferences)
  r.mount('/cookies', cookies)
})
