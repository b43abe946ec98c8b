import { randomUUID } from 'node:crypto'
import { AUTH, created, noContent, refuse } from 'guichet'
import { z } from 'zod'
import { member, owner, routes } from './rules.ts'

const room = z.string()
const username = z.string()

/** Rooms and their members. */
export const rooms = routes((r) => {
  r.get('/', { authorize: AUTH, summary: 'The rooms that I may know' }, (_, { sql, user }) =>
    sql.getRooms({ username: user }),
  )

  r.post(
    '/',
    {
      authorize: AUTH,
      params: { title: z.string().trim().min(1).max(60), isPrivate: z.boolean().default(false) },
      summary: 'Make a room; who makes it is its first member',
    },
    async ({ title, isPrivate }, { sql, user }) => {
      // Not from the title: a name that is refused because it is taken would tell of a private room.
      const id = randomUUID().slice(0, 13)
      await sql.addRoom({ id, title, is_private: isPrivate, owner: user })
      await sql.addMember({ room: id, username: user })
      return created({ id, title, isPrivate }, `/rooms/${id}`)
    },
  )

  r.get('/:room/members', { authorize: member(), summary: 'Who is a member' }, async (args, { sql }) =>
    (await sql.getMembers(args)).map((row) => row.username),
  )

  r.post(
    '/:room/join',
    { authorize: AUTH, summary: 'Become a member of a public room' },
    async ({ room }, { sql, user }) => {
      if ((await sql.isPublic({ room })) !== true) throw refuse(404, 'there is no such room')
      await sql.addMember({ room, username: user })
      return noContent()
    },
  )

  r.put(
    '/:room/members/:username',
    { authorize: owner(), params: { room, username }, summary: 'Let somebody in' },
    async ({ room, username: login }, { sql }) => {
      if (!(await sql.hasAccount({ username: login }))) throw refuse(404, 'there is no such user')
      await sql.addMember({ room, username: login })
      return noContent()
    },
  )

  r.delete(
    '/:room/members/:username',
    { authorize: owner(), params: { room, username }, summary: 'Put somebody out' },
    async ({ room, username: login }, call) => {
      if ((await call.sql.dropMember({ room, username: login })) === 0) throw refuse(404, 'there is no such member')
      // Who is connected hears nothing more.
      call.forget(login)
      return noContent()
    },
  )
})
