/** Runs in the browser: shows the document, lets the reader choose an audience, adds the CSRF token of the page. */
const SCRIPT = `'use strict'
const csrfToken = document.querySelector('meta[name="csrf-token"]').content

function addCsrfToken(request) {
  const isOwn = new URL(request.url, location.href).origin === location.origin
  const mayWrite = !['GET', 'HEAD', 'OPTIONS'].includes((request.method || 'GET').toUpperCase())
  if (csrfToken !== '' && isOwn && mayWrite) request.headers['X-CSRF-Token'] = csrfToken
  return request
}

async function start() {
  const ui = SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    // No other site is told of this document.
    validatorUrl: null,
    requestInterceptor: addCsrfToken,
  })
  const reply = await fetch('openapi.json')
  const audiences = reply.ok ? (await reply.json())['x-audiences'] : []
  const choice = document.querySelector('#audience')
  for (const name of audiences) choice.append(new Option('what ' + name + ' may call', 'openapi.json?as=' + encodeURIComponent(name)))
  choice.addEventListener('change', () => {
    ui.specActions.updateUrl(choice.value)
    ui.specActions.download(choice.value)
  })
}

start()
`

export const START_SCRIPT: Uint8Array = new TextEncoder().encode(SCRIPT)
