import { changed, created, found, OPEN } from 'guichet'
import { z } from 'zod'
import { ADMIN, routes } from './rules.ts'

const oid = z.int()
const oname = z.string().min(1)
const omail = z.email()

/** The owners of things: read by anybody, changed by an admin. */
export const owners = routes((r) => {
  r.get('/', { authorize: OPEN }, (_, { sql }) => sql.getOwners())

  r.get('/:oid', { authorize: OPEN, params: { oid } }, async (args, { sql }) => found(await sql.getOwner(args)))

  r.post('/', { authorize: ADMIN, params: { oname, omail } }, async (args, { sql }) =>
    created({ oid: await sql.addOwner(args) }),
  )

  r.put('/:oid', { authorize: ADMIN, params: { oid, oname, omail } }, async (args, { sql }) =>
    changed(await sql.setOwner(args)),
  )

  r.patch(
    '/:oid',
    { authorize: ADMIN, params: { oid, oname: oname.optional(), omail: omail.optional() } },
    async ({ oid, oname = null, omail = null }, { sql }) => changed(await sql.setOwner({ oid, oname, omail })),
  )

  r.delete('/:oid', { authorize: ADMIN, params: { oid } }, async (args, { sql }) => changed(await sql.dropOwner(args)))

  r.get('/:oid/things', { authorize: OPEN, params: { oid } }, async ({ oid }, { sql }) => {
    found(await sql.getOwner({ oid }))
    return sql.getThingsOfOwner({ oid })
  })
})
