import { changed, created, found, OPEN } from 'guichet'
import { z } from 'zod'
import { ADMIN, routes } from './rules.ts'

const tid = z.int()
const tname = z.string().min(1)
const oid = z.int()
/** A decimal number as text: a JavaScript number would lose digits of a large price. */
const tprice = z.string().regex(/^\d{1,16}(\.\d{1,2})?$/, 'must be a price such as "12.50"')

/** Things, each with its owner: read by anybody, changed by an admin. */
export const things = routes((r) => {
  r.get('/', { authorize: OPEN }, (_, { sql }) => sql.getThings())

  r.get('/:tid', { authorize: OPEN, params: { tid } }, async (args, { sql }) => found(await sql.getThing(args)))

  r.post('/', { authorize: ADMIN, params: { tname, oid, tprice } }, async (args, { sql }) =>
    created({ tid: await sql.addThing(args) }),
  )

  r.put('/:tid', { authorize: ADMIN, params: { tid, tname, oid, tprice } }, async (args, { sql }) =>
    changed(await sql.setThing(args)),
  )

  r.patch(
    '/:tid',
    {
      authorize: ADMIN,
      params: { tid, tname: tname.optional(), oid: oid.optional(), tprice: tprice.optional() },
    },
    async ({ tid, tname = null, oid = null, tprice = null }, { sql }) =>
      changed(await sql.setThing({ tid, tname, oid, tprice })),
  )

  r.delete('/:tid', { authorize: ADMIN, params: { tid } }, async (args, { sql }) => changed(await sql.dropThing(args)))
})
