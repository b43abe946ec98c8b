import { guichet } from 'guichet'
import { errorPage } from 'guichet/sites'
import { course } from './course.ts'
import { greeter, greeterError } from './greeter.ts'
import { consent } from './shop/consent.ts'
import { errorFrame } from './shop/pages.ts'
import { queries } from './queries.sql.ts'
import { shop } from './shop/shop.ts'

// Three sites on one port. A host that is not named here is refused (421).
export const app = guichet({
  name: 'sites',
  database: { queries },
  errorPages: errorPage(),
  welcome: [
    'A course   {scheme}://course.localhost:{port}/',
    'A greeter  {scheme}://greeter.localhost:{port}/',
    'A shop     {scheme}://shop.localhost:{port}/',
  ],
})

app.host('course.localhost', course)
app.host('greeter.localhost', greeter, { errorPages: errorPage({ layout: greeterError }) })
app.host('shop.localhost', shop, { cookies: consent, errorPages: errorPage({ layout: errorFrame }) })
