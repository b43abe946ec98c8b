import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAttachment, safeFileName } from './content-disposition.ts'

const rows: readonly (readonly [name: string, header: string])[] = [
  ['list.csv', 'attachment; filename="list.csv"'],
  ['my list (1).csv', 'attachment; filename="my list (1).csv"'],
  ['été.txt', `attachment; filename="_t_.txt"; filename*=UTF-8''%C3%A9t%C3%A9.txt`],
  ['日本.pdf', `attachment; filename="__.pdf"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.pdf`],
  ['😀.png', `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`],
  ['50%.txt', `attachment; filename="50_.txt"; filename*=UTF-8''50%25.txt`],
  ["é's (*).txt", `attachment; filename="_'s (_).txt"; filename*=UTF-8''%C3%A9%27s%20%28_%29.txt`],
  ['a"; filename=b.exe', 'attachment; filename="a_; filename=b.exe"'],
  ['a\r\nSet-Cookie: b=c', 'attachment; filename="a__Set-Cookie_ b=c"'],
  ['a\0.txt', 'attachment; filename="a_.txt"'],
  ['../../etc/passwd', 'attachment; filename="_.._etc_passwd"'],
  ['C:\\x\\y.txt', 'attachment; filename="C__x_y.txt"'],
  ['annexe\u202egnp.exe', 'attachment; filename="annexe_gnp.exe"'],
  ['.bashrc', 'attachment; filename="bashrc"'],
  ['..', 'attachment; filename="download"'],
  ['', 'attachment; filename="download"'],
  ['a.txt. ', 'attachment; filename="a.txt"'],
  ['\ud800a', `attachment; filename="_a"; filename*=UTF-8''%EF%BF%BDa`],
]

for (const [name, header] of rows) {
  test(`formatAttachment() gives a name that stays a name for ${JSON.stringify(name)}`, () => {
    assert.equal(formatAttachment(name), header)
    assert.match(header, /^[\x20-\x7e]+$/)
  })
}

test('safeFileName() cuts what is too long, and keeps the extension', () => {
  const name = safeFileName(`${'é'.repeat(10_000)}.tar.gz`)
  assert.equal([...name].length, 120)
  assert.ok(name.endsWith('é.gz'))
})
