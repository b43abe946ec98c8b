import { found, html, type Html, OPEN, redirect, refuse, type Reply, reply } from 'guichet'
import { defineForm, type ErrorPageContent, type FormState } from 'guichet/sites'
import { z } from 'zod'
import { routes } from './desk.ts'

// The exercise of a first network course: somebody leaves a name and a token, anybody reads them on a page.

const name = z.string().min(1).max(200)
const secret = z.string().min(1).max(2000)

const form = defineForm({
  name: { label: 'Your name', schema: name, autocomplete: 'name' },
  token: { label: 'Your token', schema: secret, hint: 'Anybody can read it afterwards: choose nothing secret.' },
})

export const greeter = routes((r) => {
  r.get('/', { authorize: OPEN }, async (_, call) =>
    layout(call.nonce, {
      title: 'Greeter',
      body: html`<h1>Leave your name</h1>
<p>Left so far: ${await call.sql.countGreetings()}.</p>
${form.render(call)}`,
    }),
  )

  r.post('/', { authorize: OPEN, params: form.params }, async (args, call) => {
    const again = (state: FormState): Reply => {
      const body = html`<h1>Leave your name</h1>${form.render(call, { state })}`
      return reply(layout(call.nonce, { title: 'Greeter', body }), { status: 422 })
    }
    const outcome = await form.check(call, args)
    if (!outcome.isValid) return again(outcome.state)
    if ((await call.sql.addGreetingIfFree(outcome.values)) === 0) {
      return again(form.withErrors(args, { name: 'Somebody has left this name already' }))
    }
    return redirect(`/info/${encodeURIComponent(outcome.values.name)}`)
  })

  // `secret` is the older spelling of `token`.
  r.post(
    '/api/register',
    { authorize: OPEN, params: { name, token: secret.optional(), secret: secret.optional() } },
    async (args, { sql }) => {
      const token = args.token ?? args.secret
      if (token === undefined) throw refuse(400, 'parameter "token" is missing')
      await sql.addGreeting({ name: args.name, token })
      return { name: args.name }
    },
  )

  r.get('/info/:name', { authorize: OPEN, params: { name } }, async (args, call) => {
    const token = found(await call.sql.getGreetingToken({ name: args.name }))
    const today = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeZone: 'UTC' }).format(call.now())
    return layout(call.nonce, {
      title: `Hello ${args.name}`,
      body: html`<h1>Hello ${args.name} your token is ${token}</h1>
<h2>We are ${today}</h2>
<p><a href="/">Leave another name</a></p>`,
    })
  })
})

function layout(nonce: string, { title, body }: { readonly title: string; readonly body: Html }): Html {
  return frame(nonce, {
    title,
    lang: 'en',
    main: html`<main>
${body}
</main>`,
  })
}

/** What was refused, in the look of the greeter. */
export function greeterError({ title, lang, nonce, main }: ErrorPageContent): Html {
  return frame(nonce, { title, lang, main })
}

interface FrameContent {
  readonly title: string
  readonly lang: string
  readonly main: Html
}

function frame(nonce: string, { title, lang, main }: FrameContent): Html {
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style nonce="${nonce}">
  body { max-width: 34rem; margin: 0 auto; padding: 3rem 1.25rem; font: 1.1rem/1.6 system-ui, sans-serif;
    background: light-dark(#fdf8f0, #17191d); color: light-dark(#20242c, #ecebe6); color-scheme: light dark }
  h1 { font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere }
  h2 { font-size: 1.2rem; font-weight: 500; color: light-dark(#5a5f6a, #b4b8c0) }
  a { color: light-dark(#9b2c1d, #ff9d8b) }
  label { display: block; font-weight: 600 }
  input { width: 100%; box-sizing: border-box; padding: .6rem .7rem; font: inherit; border: 1px solid light-dark(#8a8577, #6d7482);
    border-radius: 6px; background: light-dark(#fff, #20242b); color: inherit }
  .field { margin: 0 0 1.2rem }
  .status { margin: 0; font-weight: 600; color: light-dark(#9b2c1d, #ff9d8b) }
  .status + h1 { margin-top: .2rem }
  .hint, .quiet { margin: 0 0 .3rem; color: light-dark(#5a5f6a, #b4b8c0); font-size: .95rem }
  .message, .problems { color: light-dark(#9b1c1c, #ffaaa2); margin: 0 0 .3rem }
  button { padding: .7rem 1.6rem; font: inherit; font-weight: 600; border: 0; border-radius: 6px; cursor: pointer;
    background: light-dark(#9b2c1d, #ff9d8b); color: light-dark(#fff, #17191d) }
</style>
</head>
<body>
${main}
</body>
</html>
`
}
