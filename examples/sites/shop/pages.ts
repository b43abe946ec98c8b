import { attributes, type Html, html } from 'guichet'
import { csrfField, type ErrorPageContent, type SiteLanguage, takeFlash } from 'guichet/sites'
import { consent } from './consent.ts'
import type { ShopCall, Visitor } from './visitor.ts'
import { WORDS } from './words.ts'

export interface PageContent {
  readonly title: string
  readonly body: Html
  /** Where an answer about cookies leads back to. */
  readonly back: string
}

/** The frame of every page of the shop. */
export function page(call: ShopCall, visitor: Visitor, { title, body, back }: PageContent): Html {
  const flash = takeFlash(call)
  const main = html`<main>
${flash === null ? null : html`<p class="flash" role="status">${flash.text}</p>`}
${body}
</main>`
  return frame(visitor, { title, main, end: consent.banner(call, { lang: visitor.lang, back }) })
}

/** The page about cookies: the main part comes from the declaration, and asks what the banner asks. */
export function cookiePage(call: ShopCall, visitor: Visitor): Html {
  const { lang, words } = visitor
  return frame(visitor, { title: words.cookies, main: consent.main(call, { lang }), end: null })
}

interface FrameContent {
  readonly title: string
  readonly main: Html
  /** What stands below the foot. */
  readonly end: Html | null
}

function frame({ lang, theme, words, basketCount }: Visitor, { title, main, end }: FrameContent): Html {
  return html`<!doctype html>
<html ${attributes({ lang, 'data-theme': theme })}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title === '' ? words.name : html`${title} · ${words.name}`}</title>
<link rel="icon" href="/assets/lemon.svg">
<link rel="stylesheet" href="/assets/shop.css">
</head>
<body>
<header class="top"><a class="brand" href="/">${words.name}</a>
<nav aria-label="${words.name}"><a href="/basket">${words.basket}${basketCount > 0 ? html` <b>${basketCount}</b>` : null}</a>
<a href="/preferences">${words.preferences}</a></nav></header>
${main}
<footer><a href="/cookies">${words.cookies}</a></footer>
${end}
</body>
</html>
`
}

/** A page for what was refused: in the frame of the shop, without what only a call knows. */
export function errorFrame({ title, main, lang }: ErrorPageContent): Html {
  const words = WORDS[lang]
  return html`<!doctype html>
<html ${attributes({ lang })}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${words.name}</title>
<link rel="icon" href="/assets/lemon.svg">
<link rel="stylesheet" href="/assets/shop.css">
</head>
<body>
<header class="top"><a class="brand" href="/">${words.name}</a>
<nav aria-label="${words.name}"><a href="/basket">${words.basket}</a>
<a href="/preferences">${words.preferences}</a></nav></header>
${main}
<footer><a href="/cookies">${words.cookies}</a></footer>
</body>
</html>
`
}

export interface Product {
  readonly pid: number
  readonly slug: string
  readonly cents: number
  readonly name: string
  readonly about: string
}

export function productList({ words, lang }: Visitor, products: readonly Product[]): Html {
  return html`<h1>${words.headline}</h1>
<p class="lead">${words.lead}</p>
<ul class="shelf">${products.map((product) => productCard(product, lang))}</ul>`
}

function productCard({ slug, name, cents }: Product, lang: SiteLanguage): Html {
  return html`<li><a href="/fruit/${slug}"><img src="/assets/${slug}.svg" alt="" width="160" height="160"><span>${name}</span><span class="price">${formatPrice(cents, lang)}</span></a></li>
`
}

export function seenList({ words, lang }: Visitor, products: readonly Product[]): Html | null {
  if (products.length === 0) return null
  return html`<section class="seen"><h2>${words.seen}</h2><ul class="shelf small">${products.map((product) => productCard(product, lang))}</ul></section>`
}

export interface Review {
  readonly rid: number
  readonly author: string
  readonly stars: number
  readonly words: string
  readonly has_picture: boolean | null
}

export function productPage(
  call: ShopCall,
  { words, lang }: Visitor,
  shown: { readonly product: Product; readonly reviews: readonly Review[]; readonly form: Html },
): Html {
  const { product, reviews, form } = shown
  return html`<p><a href="/">← ${words.start}</a></p>
<article class="product"><img src="/assets/${product.slug}.svg" alt="" width="320" height="320">
<div><h1>${product.name}</h1><p class="price">${formatPrice(product.cents, lang)}</p><p>${product.about}</p>
<form method="post" action="/basket" class="add">${csrfField(call)}<input type="hidden" name="slug" value="${product.slug}">
<label for="count">${words.many}</label> <input id="count" name="count" type="number" min="1" max="20" value="1" required>
<button>${words.add}</button></form></div></article>
<section><h2>${words.reviews}</h2>${reviews.length === 0 ? html`<p>${words.noReviews}</p>` : html`<ul class="reviews">${reviews.map((review) => reviewItem(review, words.outOf(review.stars)))}</ul>`}</section>
<section><h2 id="review">${words.yourReview}</h2>${form}</section>`
}

function reviewItem({ rid, author, stars, words, has_picture }: Review, label: string): Html {
  const picture = has_picture === true ? html`<img src="/pictures/${rid}" alt="" loading="lazy">` : null
  return html`<li>${picture}<div><p class="stars"><span role="img" aria-label="${label}">${'★'.repeat(stars)}${'☆'.repeat(5 - stars)}</span> <b>${author}</b></p><p>${words}</p></div></li>
`
}

export interface BasketLine {
  readonly slug: string
  readonly name: string
  readonly count: number
  readonly total: number | null
}

export function basketPage(call: ShopCall, { words, lang }: Visitor, lines: readonly BasketLine[]): Html {
  if (lines.length === 0)
    return html`<h1>${words.basket}</h1><p>${words.empty}</p><p><a href="/">← ${words.start}</a></p>`
  const total = lines.reduce((sum, line) => sum + (line.total ?? 0), 0)
  const rows = lines.map(
    ({
      slug,
      name,
      count,
      total: cents,
    }) => html`<tr><td><a href="/fruit/${slug}">${name}</a></td><td class="num">${count}</td><td class="num">${formatPrice(cents ?? 0, lang)}</td><td><form method="post" action="/basket/remove">${csrfField(call)}<input type="hidden" name="slug" value="${slug}"><button class="quiet">${words.remove}</button></form></td></tr>
`,
  )
  return html`<h1>${words.basket}</h1><table><tbody>${rows}</tbody><tfoot><tr><th scope="row" colspan="2">${words.total}</th><td class="num">${formatPrice(total, lang)}</td><td></td></tr></tfoot></table>
<p><a href="/">← ${words.start}</a></p>`
}

function formatPrice(cents: number, lang: SiteLanguage): string {
  return new Intl.NumberFormat(lang, { style: 'currency', currency: 'EUR' }).format(cents / 100)
}
