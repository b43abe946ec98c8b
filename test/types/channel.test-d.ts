import { AUTH, type Channel, type ChannelCall, CLOSED, desk, guichet, OPEN } from 'guichet'
import { z } from 'zod'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <T extends true>(_proof?: T): void => undefined

const { permission } = desk<{ sql: unknown }>()
const member = permission('member', { room: z.string() }, () => true)
const numbered = permission('numbered', { rid: z.int() }, () => true)
const app = guichet<unknown>({ name: 'types' })
const text = z.string()

// Path, parameters and messages give the handlers their types.
const tea = app.channel(
  '/rooms/:room',
  {
    authorize: member(),
    messages: {
      say: { params: { text } },
      count: { authorize: OPEN },
      closing: { params: { inMinutes: z.int() }, authorize: CLOSED },
    },
  },
  {
    onJoin: (args, call) => {
      is<Equals<typeof args, { room: string }>>()
      is<Equals<typeof call.user, string>>()
    },
    onLeave: (_args, _call, reason) => {
      // @ts-expect-error -- a reason is a known word
      return reason === 'bored'
    },
    onMessage: {
      say: (args, call) => {
        is<Equals<typeof args, { room: string; readonly text: string }>>()
        call.publish({ say: { text: args.text } })
        // @ts-expect-error -- there is no such message
        call.publish({ shout: { text: args.text } })
        // @ts-expect-error -- its content has another type
        call.publish({ say: { text: 1 } })
      },
      count: (_args, call) => {
        is<Equals<typeof call.user, string | null>>()
      },
    },
  },
)

tea.publish({ room: 'tea' }, { closing: { inMinutes: 5 } })
// @ts-expect-error -- the room is missing
tea.publish({}, { closing: { inMinutes: 5 } })
// @ts-expect-error -- the content is missing
tea.publish({ room: 'tea' }, { closing: {} })
is<Equals<typeof tea extends Channel<'/rooms/:room', never, infer M> ? keyof M : never, 'closing' | 'count' | 'say'>>()

// A rule compiles only where its arguments are among the parameters.
app.channel('/numbers/:rid', { authorize: numbered(), params: { rid: z.int() } })
// @ts-expect-error -- the parameter is a text
app.channel('/numbers/:rid', { authorize: numbered() })
// @ts-expect-error -- there is no such parameter
app.channel('/elsewhere', { authorize: member() })
// @ts-expect-error -- who may join is not said
app.channel('/undecided', { messages: {} })
// @ts-expect-error -- a handler for a message that is not declared
app.channel('/more', { authorize: AUTH, messages: { say: {} } }, { onMessage: { shout: () => undefined } })

// A service of its own.
app.tcp(7000, { channel: tea, args: { room: 'tea' } })
app.udp(7001, { authorize: OPEN, params: { text } }, (args, call) => {
  is<Equals<typeof args, { text: string }>>()
  is<Equals<typeof call.user, string | null>>()
})

export type Unused = ChannelCall
