import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isAmbiguous, parsePattern, type Pattern } from './pattern.ts'
import { RouteTable } from './route-table.ts'

function patternOf(path: string): Pattern {
  const pattern = parsePattern(path)
  assert.ok(typeof pattern !== 'string', path)
  return pattern
}

function tableOf(...paths: readonly string[]): RouteTable<string> {
  const table = new RouteTable<string>()
  for (const path of paths) assert.deepEqual(table.add(['GET'], path, path), [], path)
  return table
}

function found(table: RouteTable<string>, path: string): readonly [string, ...string[]] | null {
  const match = table.find(path)
  return match === null ? null : [match.resource.path, ...match.values]
}

describe('parsePattern()', () => {
  it('takes static segments, parameters and a rest', () => {
    assert.deepEqual(patternOf('/a/:b/*c').segments, [
      { kind: 'static', text: 'a' },
      { kind: 'param', name: 'b' },
      { kind: 'rest', name: 'c' },
    ])
    assert.deepEqual(patternOf('/caf%C3%A9').segments, [{ kind: 'static', text: 'café' }])
  })

  for (const [path, problem] of [
    ['a', 'starts with'],
    ['/a?b', 'no query'],
    ['/a b', 'no query'],
    ['/:', 'is not a parameter'],
    ['/:1a', 'is not a parameter'],
    ['/:a/:a', 'appears twice'],
    ['/*a/b', 'last segment'],
    ['/a/../b', 'is not a segment'],
    ['/%zz', 'percent-encoding'],
  ] as const) {
    it(`refuses ${path}`, () => {
      const result = parsePattern(path)
      assert.ok(typeof result === 'string' && result.includes(problem), path)
    })
  }
})

describe('isAmbiguous()', () => {
  for (const [one, other, expected] of [
    ['/a/:b', '/:a/b', true],
    ['/a/b', '/a/:b', false],
    ['/a/:b', '/a/:c', true],
    ['/a/:b', '/a/:b/c', false],
    ['/a/*b', '/a/:b', false],
    ['/:a/b', '/c/*d', true],
    ['/a/*b', '/b/*c', false],
    ['/*a', '/x/y', false],
  ] as const) {
    it(`is ${expected} for ${one} and ${other}`, () => {
      assert.equal(isAmbiguous(patternOf(one), patternOf(other)), expected)
      assert.equal(isAmbiguous(patternOf(other), patternOf(one)), expected)
    })
  }
})

describe('RouteTable', () => {
  it('prefers static to parameter to rest, and goes back where the way ends', () => {
    const table = tableOf('/a/b', '/a/:x', '/a/*rest', '/a/b/:y/z')
    assert.deepEqual(found(table, '/a/b'), ['/a/b'])
    assert.deepEqual(found(table, '/a/c'), ['/a/:x', 'c'])
    assert.deepEqual(found(table, '/a/c/d'), ['/a/*rest', 'c/d'])
    assert.deepEqual(found(table, '/a/b/1/z'), ['/a/b/:y/z', '1'])
    assert.deepEqual(found(table, '/a/b/1/q'), ['/a/*rest', 'b/1/q'])
    assert.equal(found(table, '/b'), null)
  })

  it('compares decoded segments, and gives values as they were sent', () => {
    const table = tableOf('/stuff', '/café', '/x/:v')
    assert.deepEqual(found(table, '/st%75ff'), ['/stuff'])
    assert.deepEqual(found(table, '/caf%C3%A9'), ['/café'])
    assert.deepEqual(found(table, '/x/%2e%2E'), ['/x/:v', '%2e%2E'])
    assert.equal(found(table, '/st%zzff'), null)
  })

  it('takes a slash too many for another path', () => {
    const table = tableOf('/', '/a', '/b/:c')
    assert.deepEqual(found(table, '/'), ['/'])
    assert.equal(found(table, '/a/'), null)
    assert.equal(found(table, '//a'), null)
    assert.equal(found(table, '/b/'), null)
  })

  it('joins methods of the same paths, and lists them in Allow', () => {
    const table = new RouteTable<string>()
    assert.deepEqual(table.add(['GET'], '/a/:id', 'get'), [])
    assert.deepEqual(table.add(['PUT', 'PATCH'], '/a/:id', 'put'), [])
    const resource = table.find('/a/1')?.resource
    assert.equal(resource?.allow, 'GET, PUT, PATCH, HEAD, OPTIONS')
    assert.equal(resource?.entries.get('PATCH'), 'put')
    assert.equal(table.resources.length, 1)
  })

  it('reports what cannot be told apart', () => {
    const table = tableOf('/a/:id', '/x/:y/z')
    assert.match(table.add(['GET'], '/a/:id', 'again')[0]?.problem ?? '', /declared twice/)
    assert.match(table.add(['POST'], '/a/:other', 'x')[0]?.problem ?? '', /same parameter names/)
    assert.match(table.add(['GET'], '/x/y/:z', 'x')[0]?.problem ?? '', /neither is more specific/)
    assert.deepEqual(table.add(['POST'], '/x/w/:z', 'x'), [])
    assert.match(table.add(['GET'], 'no', 'x')[0]?.problem ?? '', /starts with/)
  })

  it('finds one among ten thousand', () => {
    const table = new RouteTable<number>()
    for (let i = 0; i < 10_000; i++) table.add(['GET'], `/r${i}/:id`, i)
    assert.equal(table.find('/r9876/42')?.resource.entries.get('GET'), 9876)
  })
})
