import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, Html, html, unsafeHtml } from './html.ts'

const ATTACK = `<script>alert("x")</script> & 'y'`
const ESCAPED = '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;'

test('html() gives a value of class Html when used as a tag', () => {
  assert.ok(html`<p></p>` instanceof Html)
  assert.equal(String(html`<p>${1} ${2n}</p>`), '<p>1 2</p>')
})

test('html() escapes text when it stands between tags', () => {
  assert.equal(html`<p>${ATTACK}</p>`.text, `<p>${ESCAPED}</p>`)
})

test('html() escapes text when it stands in a quoted attribute', () => {
  assert.equal(html`<p title="${ATTACK}" lang='${ATTACK}'></p>`.text, `<p title="${ESCAPED}" lang='${ESCAPED}'></p>`)
})

test('html() keeps markup when templates and arrays are nested', () => {
  const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
  assert.equal(html`<ul>${items}</ul>`.text, '<ul><li>a</li><li>&lt;b&gt;</li></ul>')
  assert.equal(html`${[['x', [html`<i></i>`]], null]}`.text, 'x<i></i>')
})

test('html() escapes markup again when it stands in an attribute', () => {
  assert.equal(html`<p title="${html`<b a="1">`}">`.text, '<p title="&lt;b a=&quot;1&quot;&gt;">')
})

test('html() writes nothing when a value is null, undefined or a boolean', () => {
  assert.equal(html`<p>${null}${undefined}${true}${false}</p>`.text, '<p></p>')
})

test('html() throws when a value is an object that is not markup', () => {
  const value: unknown = { toString: () => '<b>' }
  assert.throws(() => html`<p>${value as string}</p>`, /Cannot write a value of type object/) // the compiler's check is bypassed on purpose
})

test('unsafeHtml() keeps text as it is when told so', () => {
  assert.equal(html`<p>${unsafeHtml('<b>x</b>')}</p>`.text, '<p><b>x</b></p>')
})

const UNSAFE_PLACES: Readonly<Record<string, () => Html>> = {
  'unquoted value': () => html`<a title=${'x'}></a>`,
  'end of an unquoted value': () => html`<a title=a${'x'}></a>`,
  'tag name': () => html`<${'b'}>`,
  'part of a tag name': () => html`<h${1}>`,
  'attribute name': () => html`<a da${'x'}="1">`,
  script: () => html`<script>let a = "${'x'}"</script>`,
  'upper-case script': () => html`<SCRIPT type="module">${'x'}</SCRIPT>`,
  'script with a false end': () => html`<script></scripty>${'x'}</script>`,
  style: () => html`<style>a { color: ${'x'} }</style>`,
  comment: () => html`<!-- ${'x'} -->`,
  'event handler': () => html`<a onclick="f('${'x'}')"></a>`,
  'style attribute': () => html`<a style="color: ${'x'}"></a>`,
  srcdoc: () => html`<iframe srcdoc="${'x'}"></iframe>`,
  'code in an address': () => html`<a href="javascript:f('${'x'}')"></a>`,
  'code in an address after a slash': () => html`<a href="javascript:'/${'x'}'"></a>`,
  'start of a dangerous scheme': () => html`<a href="java${'script:alert(1)'}"></a>`,
  'two halves of an address': () => html`<a href="${'javascript'}${':alert(1)'}"></a>`,
  'colon a little behind a value': () => html`<a href="${'java'}script:alert(1)"></a>`,
  'second value behind a colon': () => html`<a href="${'javascript'}:${'alert(1)'}"></a>`,
  'template cut in a tag': () => html`<a href="`,
  'template cut in a comment': () => html`<p><!-- `,
}
for (const [place, template] of Object.entries(UNSAFE_PLACES)) {
  test(`html() throws when the template is not safe: ${place}`, () => {
    assert.throws(template, TypeError)
  })
}

test('html() goes on after scripts, styles, comments and doctypes when they are closed', () => {
  const x = '<'
  assert.equal(
    html`<!doctype html><!-- <a href=" --><style>a > b { }</style><script>if (a < b) c('</p>')</script ><p>${x}</p>`
      .text,
    `<!doctype html><!-- <a href=" --><style>a > b { }</style><script>if (a < b) c('</p>')</script ><p>&lt;</p>`,
  )
  assert.equal(html`<!--><p>${x}</p>`.text, '<!--><p>&lt;</p>')
  assert.equal(html`1 < 2 ${x}`.text, '1 < 2 &lt;')
})

const ADDRESSES: Readonly<Record<string, boolean>> = {
  '/a?b=c:d': true,
  'https://example.org/': true,
  'mailto:a@example.org': true,
  'a/b:c': true,
  '#x:y': true,
  '': true,
  'data:image/png;base64,iVBORw0KGgo=': true,
  'javascript:alert(1)': false,
  'JaVaScRiPt:alert(1)': false,
  ' javascript:alert(1)': false,
  'java\nscript:alert(1)': false,
  '\u0001javascript:alert(1)': false,
  'vbscript:x': false,
  'data:text/html,<script>': false,
  'data:image/svg+xml;base64,AAAA': false,
}
for (const [address, isKept] of Object.entries(ADDRESSES)) {
  test(`html() ${isKept ? 'keeps' : 'blocks'} the address ${JSON.stringify(address)} when it starts an attribute`, () => {
    assert.equal(html`<a href="${address}">`.text.includes('about:blank#blocked'), !isKept)
    assert.equal(html`<a ${attributes({ href: address })}>`.text.includes('about:blank#blocked'), !isKept)
  })
}

test('html() keeps an address when only its end is a value', () => {
  assert.equal(html`<a href="/info/${'a:b'}?q=${'"'}">`.text, '<a href="/info/a:b?q=&quot;">')
  assert.equal(html`<a href="${'/a'}?q=${'b'}">`.text, '<a href="/a?q=b">')
  assert.equal(html`<a href="page-${3}.html">`.text, '<a href="page-3.html">')
})

test('html() blocks a scheme that runs code when a value is the scheme alone', () => {
  const [code, path] = ['javascript', '%0aalert(1)']
  assert.equal(html`<a href="${code}://${path}">`.text, '<a href="about:blank#blocked://%0aalert(1)">')
  assert.equal(html`<a href=' ${code}	:/${path}'>`.text, `<a href=' about:blank#blocked	:/%0aalert(1)'>`)
  assert.equal(html`<a href="${code}:alert(1)">`.text, '<a href="about:blank#blocked:alert(1)">')
  assert.equal(html`<a href="${'https'}://${'a.test'}/">`.text, '<a href="https://a.test/">')
  assert.equal(html`<a href="${'http://a.test'}:80/x">`.text, '<a href="http://a.test:80/x">')
  assert.equal(html`<a href="${'/a'}?t=12:30" title="${'a'}:b">`.text, '<a href="/a?t=12:30" title="a:b">')
})

test('html() checks a list as one address', () => {
  assert.equal(html`<a href="${['javascript', ':alert(1)']}">`.text, '<a href="about:blank#blocked">')
  assert.equal(html`<a href="${['java', ['script:alert(1)']]}">`.text, '<a href="about:blank#blocked">')
  assert.equal(html`<a href="${['/a?b=', 1, null, '&c']}">`.text, '<a href="/a?b=1&amp;c">')
})

test('html() says what to do about a promise', () => {
  const late: unknown = Promise.resolve('x')
  assert.throws(() => html`<p>${late as string}</p>`, /Cannot write a promise: await it first/) // the compiler's check is bypassed on purpose
})

test('attributes() escapes values, names alone what is true and leaves out what is not there', () => {
  const text = html`<input ${attributes({ name: 'a"b', required: true, disabled: false, value: null, min: 0 })}>`.text
  assert.equal(text, '<input  name="a&quot;b" required min="0">')
})

test('attributes() throws when a name is not an attribute or holds code', () => {
  assert.throws(() => attributes({ onclick: 'x' }), TypeError)
  assert.throws(() => attributes({ style: 'x' }), TypeError)
  assert.throws(() => attributes({ 'a b': 'x' }), TypeError)
  assert.throws(() => attributes({ 'a>': 'x' }), TypeError)
  assert.throws(() => html`<p>${attributes({ id: 'x' })}</p>`, TypeError)
  assert.throws(() => html`<p ${'id=x'}></p>`, TypeError)
})
