import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { sqlFile } from './queries.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-queries-'))
after(() => rmSync(folder, { recursive: true }))

function write(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

test('sqlFile() reads a file by its URL or its path', () => {
  const path = write('one.sql', '-- name: get_one()$\nSELECT 1')
  for (const source of [path, pathToFileURL(path)]) {
    const { tree, mistakes } = sqlFile(source).load()
    assert.deepEqual(mistakes, [])
    assert.deepEqual(
      tree.statements.map(({ method, file }) => [method, file]),
      [['getOne', 'one.sql']],
    )
  }
})

test('sqlFile() gives the files of a folder one namespace and its sub-folders one each', () => {
  write('all/b.sql', '-- name: b()\nSELECT 1')
  write('all/a.sql', '-- name: a()\nSELECT 1')
  write('all/notes.txt', 'nothing')
  write('all/user-admin/list.sql', '-- name: list_users()\nSELECT 1')
  write('all/empty/readme.md', 'nothing')
  const { tree, mistakes } = sqlFile(join(folder, 'all')).load()
  assert.deepEqual(mistakes, [])
  assert.deepEqual(
    tree.statements.map(({ method, file }) => [method, file]),
    [
      ['a', 'all/a.sql'],
      ['b', 'all/b.sql'],
    ],
  )
  assert.deepEqual([...tree.children.keys()], ['userAdmin'])
  assert.equal(tree.children.get('userAdmin')?.statements[0]?.file, 'all/user-admin/list.sql')
})

test('sqlFile() reports names that are taken, in all files', () => {
  write('twice/a.sql', '-- name: get_it()\nSELECT 1\n-- name: other()\nSELECT 1')
  write('twice/b.sql', '-- name: get-it()\nSELECT 1')
  write('twice/other/c.sql', '-- name: c()\nSELECT 1')
  write('twice/then/d.sql', '-- name: d()\nSELECT :x')
  const { mistakes } = sqlFile(join(folder, 'twice')).load()
  assert.deepEqual(mistakes.map(({ where }) => where).toSorted(), [
    'folder "other"',
    'folder "then"',
    'twice/b.sql:1',
    'twice/then/d.sql:2',
  ])
})

test('sqlFile() throws when there is no such file', () => {
  assert.throws(() => sqlFile(join(folder, 'nothing.sql')).load(), { code: 'ENOENT' })
})
