import { OPEN } from 'guichet'
import { routes } from './desk.ts'

/** A site that is a folder. */
export const course = routes((r) => {
  r.static('/', 'course', { authorize: OPEN, notFoundPage: '404.html' })
})
