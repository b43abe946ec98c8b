import { OPEN } from 'guichet'
import { docs } from 'guichet/openapi'
import { app } from '../../../examples/comics/app.ts'

// Comics as it is, with documentation: groups, object permissions, several schemes, and refusals as {"error": "…"}.
app.mount(
  '/',
  docs({
    authorize: OPEN,
    title: 'Comics',
    version: '1.0.0',
    contact: { name: 'The course', url: 'https://example.org/course' },
    license: { name: 'MIT', identifier: 'MIT' },
  }),
)

export { app }
