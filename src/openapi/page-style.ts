/**
 * What the page changes of Swagger UI. Its small locks are closed where nothing is asked and open where a login is
 * missing: read the other way round by most. Each line says for whom it is instead. It has no dark colours of its own.
 */
const STYLE = `.swagger-ui .opblock .authorization__btn { display: none }
.swagger-ui .info { margin: 1.5rem 0 }
.swagger-ui .scheme-container { margin-bottom: 1rem; padding: .75rem 0; box-shadow: none }
@media (prefers-color-scheme: dark) {
  html { background: #fff; filter: invert(.91) hue-rotate(180deg) }
  .swagger-ui .highlight-code { filter: invert(1) hue-rotate(180deg) }
}
`

/** The style sheet as bytes: a reply of text would be JSON. */
export const PAGE_STYLE: Uint8Array = new TextEncoder().encode(STYLE)
