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
  const reply = await fetch('openapi.json')
  const audiences = reply.ok ? (await reply.json())['x-audiences'] : []
  const narrowed = audiences.map((name) => ({ name: 'what ' + name + ' may call', url: 'openapi.json?as=' + encodeURIComponent(name) }))
  window.ui = SwaggerUIBundle({
    urls: [{ name: 'all routes', url: 'openapi.json' }, ...narrowed],
    dom_id: '#swagger-ui',
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    // No other site is told of this document.
    validatorUrl: null,
    requestInterceptor: addCsrfToken,
  })
}

start()
`

export const START_SCRIPT: Uint8Array = new TextEncoder().encode(SCRIPT)
