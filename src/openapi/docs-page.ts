import { type Reply, reply } from '../reply/reply.ts'
import { type Html, html } from '../wire/html.ts'

export interface DocsPageOptions {
  readonly title: string
  /** What writing calls of the page send beside a cookie; null where the reader came without one. */
  readonly csrfToken: string | null
}

/**
 * Scripts and styles come from this app alone, and none stands in the page. Swagger UI draws its icons from `data:`
 * addresses.
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The page; its addresses are relative, so that it works under any prefix. */
export function docsPage({ title, csrfToken }: DocsPageOptions): Reply<Html> {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="${csrfToken ?? ''}">
<title>${title}: documentation</title>
<link rel="stylesheet" href="apidocs/swagger-ui.css">
<link rel="stylesheet" href="apidocs/page.css">
<link rel="icon" href="apidocs/favicon-32x32.png" type="image/png">
</head>
<body>
<div class="swagger-ui"><div class="wrapper"><p class="renderedMarkdown">
<label for="audience">Show</label> <select id="audience"><option value="openapi.json">all routes</option></select>
</p></div></div>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The document itself is <a href="openapi.json">openapi.json</a>.</noscript>
<script src="apidocs/swagger-ui-bundle.js"></script>
<script src="apidocs/start.js"></script>
</body>
</html>
`
  return reply(page, { headers: { 'content-security-policy': POLICY } })
}
