import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { GroupNode, Rule } from '../core/rule.ts'
import { formatRule } from '../core/rule.ts'
import { identityOf, type Identity } from '../core/scheme.ts'
import { DecisionCache } from './decision-cache.ts'
import { compileRule, type Applicant, type Verdict } from './evaluate.ts'
import { allOf, anyOf, AUTH, CLOSED, group, groups, OPEN, permission, scope } from './rules.ts'

let nowMs = 0
const clock = { now: () => nowMs }
const cache = (): DecisionCache => new DecisionCache(clock, defaultLimits)
const CONTEXT = { sql: undefined as never, config: undefined, mode: null }

function applicant(identity: Identity | null, args: Record<string, unknown> | null = null): Applicant {
  return { identity, args, outside: CONTEXT, inside: CONTEXT, memo: new Map<GroupNode, Verdict>() }
}

/** `true`, `later`, or the code of the refusal. */
async function verdictOf(rule: Rule<never>, who: Applicant): Promise<string> {
  const verdict = await compileRule(rule.node, cache()).early(who)
  return verdict instanceof Refusal ? verdict.code : String(verdict)
}

const ANA = identityOf('ana')
const nobody = applicant(null)
const ana = applicant(ANA)
const anaWith = (oid: unknown): Applicant => applicant(ANA, { oid })

const yes = group('YES', () => true)
const no = group('NO', () => false)
const later = group('LATER', () => Promise.resolve(true))
const laterNo = group('LATER_NO', () => Promise.resolve(false))
/** 1: hers, 2: another's, anything else: not there. */
const owned = permission('owned', { oid: z.int() }, (_login, { oid }) => (oid === 1 ? true : oid === 2 ? false : null))
const ownedLater = permission('ownedLater', { oid: z.int() }, (_login, { oid }) =>
  Promise.resolve(oid === 1 ? true : oid === 2 ? false : null),
)

describe('compileRule()', () => {
  for (const [name, rule, who, expected] of [
    ['OPEN for nobody', OPEN, nobody, 'true'],
    ['CLOSED for a user', CLOSED, ana, 'AUTHZ_CLOSED'],
    ['AUTH for nobody', AUTH, nobody, 'AUTHN_MISSING'],
    ['AUTH for a user', AUTH, ana, 'true'],
    ['a group for nobody', yes, nobody, 'AUTHN_MISSING'],
    ['a group for its member', yes, ana, 'true'],
    ['a group for another', no, ana, 'AUTHZ_GROUP'],
    ['a group that waits', later, ana, 'true'],
    ['a scope that is missing', scope('a'), ana, 'AUTHZ_SCOPE'],
    ['a scope that is there', scope('a'), applicant({ ...ANA, scopes: ['a'] }), 'true'],
    ['a scope for nobody', scope('a'), nobody, 'AUTHN_MISSING'],
    ['a permission before its parameters', owned(), ana, 'later'],
    ['a permission for nobody', owned(), applicant(null, { oid: 1 }), 'AUTHN_MISSING'],
    ['a permission for the owner', owned(), anaWith(1), 'true'],
    ['a permission for another', owned(), anaWith(2), 'AUTHZ_PERMISSION'],
    ['a permission on nothing', owned(), anaWith(3), 'AUTHZ_NO_OBJECT'],
    ['anyOf with one that passes', anyOf(no, yes), ana, 'true'],
    ['anyOf with one that passes late', anyOf(laterNo, later), ana, 'true'],
    ['anyOf with none', anyOf(no, laterNo), ana, 'AUTHZ_GROUP'],
    ['anyOf that is not decided yet', anyOf(no, owned()), ana, 'later'],
    ['anyOf: true before later', anyOf(owned(), yes), ana, 'true'],
    ['anyOf: 403 of a permission before 404 of another', anyOf(owned(), ownedLater()), anaWith(2), 'AUTHZ_PERMISSION'],
    ['anyOf: 404 before 403 of a group', anyOf(no, owned()), anaWith(3), 'AUTHZ_NO_OBJECT'],
    ['anyOf for nobody', anyOf(no, owned()), nobody, 'later'],
    ['allOf with all', allOf(yes, later), ana, 'true'],
    ['allOf: the first that does not pass', allOf(yes, no, laterNo), ana, 'AUTHZ_GROUP'],
    ['allOf: an early no before a later part', allOf(owned(), no), ana, 'AUTHZ_GROUP'],
    ['allOf that is not decided yet', allOf(yes, owned()), ana, 'later'],
    ['allOf with a permission', allOf(later, ownedLater()), anaWith(1), 'true'],
    ['a nested rule', anyOf(allOf(yes, no), allOf(yes, owned())), anaWith(1), 'true'],
  ] as const) {
    it(`gives ${expected} to ${name}`, async () => {
      assert.equal(await verdictOf(rule, who), expected)
    })
  }

  it('stays synchronous where nothing waits', () => {
    const { early } = compileRule(allOf(yes, owned()).node, cache())
    assert.equal(early(anaWith(1)), true)
  })

  it('refuses who a group knows nothing of, and does not remember it', async () => {
    let answer: boolean | null = null
    const unsure = group('UNSURE', () => answer)
    assert.equal(await verdictOf(unsure, ana), 'AUTHZ_GROUP')
    const { early } = compileRule(unsure.node, cache())
    assert.ok(early(applicant(ANA)) instanceof Refusal)
    answer = true
    assert.equal(early(applicant(ANA)), true)
  })

  it('takes an answer that is neither true nor false for a fault', () => {
    const wrong = group('WRONG', () => 1 as unknown as boolean)
    assert.throws(() => compileRule(wrong.node, cache()).early(ana), /answered 1, wanted true, false or null/)
    const broken = permission('broken', { oid: z.int() }, () => undefined as unknown as null)
    assert.throws(() => compileRule(broken().node, cache()).early(anaWith(1)), /wanted true, false or null/)
  })

  it('asks a group once for a call that is evaluated twice', () => {
    let asked = 0
    const counted = group('COUNTED', () => {
      asked++
      return false
    })
    const rule = compileRule(anyOf(counted, owned()).node, cache())
    assert.equal(rule.early(ana), 'later')
    assert.equal(rule.late?.({ ...ana, args: { oid: 1 } }), true)
    assert.equal(asked, 1)
  })

  it('gives the mode and the renamed parameter to the check', async () => {
    const seen: unknown[] = []
    const shared = permission('shared', { oid: z.int() }, (login, args, { mode }) => {
      seen.push([login, args, mode])
      return true
    }).modes('read', 'write')
    const rule = shared('write', { oid: 'id' })
    assert.equal(formatRule(rule.node), "shared('write', id)")
    await compileRule(rule.node, cache()).late?.(applicant(ANA, { id: 7 }))
    assert.deepEqual(seen, [['ana', { oid: 7 }, 'write']])
  })
})

describe('the decision cache', () => {
  function counting(answer: boolean): { rule: Rule; asked: () => number } {
    let asked = 0
    const rule = group('G', () => {
      asked++
      return answer
    })
    return { rule, asked: () => asked }
  }

  it('remembers a yes for its time, and never a no', () => {
    const yesRule = counting(true)
    const noRule = counting(false)
    const decisions = cache()
    const early = compileRule(yesRule.rule.node, decisions).early
    const refused = compileRule({ ...noRule.rule.node, name: 'N' } as GroupNode, decisions).early
    for (let i = 0; i < 3; i++) {
      void early(applicant(ANA))
      void refused(applicant(ANA))
    }
    assert.deepEqual([yesRule.asked(), noRule.asked()], [1, 3])
    nowMs += defaultLimits.decisionCacheTtlMs + 1
    void early(applicant(ANA))
    assert.equal(yesRule.asked(), 2)
  })

  it('never gives the yes of one rule to another of the same name', async () => {
    const decisions = cache()
    const notes = permission('owned', { id: z.int() }, () => true)
    const boxes = permission('owned', { id: z.int() }, () => false)
    const hers = applicant(ANA, { id: 1 })
    assert.equal(await compileRule(notes().node, decisions).early(hers), true)
    const box = await compileRule(boxes().node, decisions).early(hers)
    assert.equal(box instanceof Refusal && box.code, 'AUTHZ_PERMISSION')
    assert.equal(await compileRule(group('STAFF', () => true).node, decisions).early(ana), true)
    const staff = await compileRule(group('STAFF', () => false).node, decisions).early(applicant(ANA))
    assert.equal(staff instanceof Refusal && staff.code, 'AUTHZ_GROUP')
  })

  it('never gives the yes for one object to another that looks the same as JSON', async () => {
    const objects = [5n, '5n', 5, '5', null, 'null', undefined, true, new Set([1]), new Set([2]), /a/, { oid: 5 }]
    for (const first of objects) {
      const check = permission('one', { oid: z.unknown() }, (_, { oid }) => oid === first)
      const { early } = compileRule(check().node, cache())
      assert.equal(await early(anaWith(first)), true)
      for (const other of objects) assert.equal((await early(anaWith(other))) === true, other === first)
    }
  })

  it('forgets one user, or all', () => {
    const decisions = cache()
    decisions.remember('ana', 'k', decisions.epoch)
    decisions.remember('rui', 'k', decisions.epoch)
    decisions.forget('ana')
    assert.deepEqual([decisions.has('ana', 'k'), decisions.has('rui', 'k')], [false, true])
    decisions.forgetAll()
    assert.equal(decisions.has('rui', 'k'), false)
  })

  it('does not keep an answer that is older than a change', () => {
    const decisions = cache()
    const { epoch } = decisions
    decisions.forgetAll()
    decisions.remember('ana', 'k', epoch)
    assert.equal(decisions.has('ana', 'k'), false)
  })

  it('is bounded', () => {
    const decisions = new DecisionCache(clock, { ...defaultLimits, decisionCacheMax: 2 })
    for (const key of ['a', 'b', 'c']) decisions.remember('ana', key, decisions.epoch)
    assert.equal(decisions.has('ana', 'a'), false)
    assert.equal(['a', 'b', 'c'].filter((key) => decisions.has('ana', key)).length <= 2, true)
  })
})

describe('groups()', () => {
  const asked: string[] = []
  const { READER, WRITER } = groups(['READER', 'WRITER'], (login, name) => {
    asked.push(`${login} ${name}`)
    return login === 'ana' && name === 'READER'
  })

  it('asks one function for several groups, each under its own name', async () => {
    assert.deepEqual([formatRule(READER.node), formatRule(WRITER.node)], ['READER', 'WRITER'])
    assert.equal(await verdictOf(READER, ana), 'true')
    assert.equal(await verdictOf(WRITER, ana), 'AUTHZ_GROUP')
    assert.equal(await verdictOf(READER, applicant(identityOf('rui'))), 'AUTHZ_GROUP')
    assert.deepEqual(asked, ['ana READER', 'ana WRITER', 'rui READER'])
  })

  it('asks nobody about nobody', async () => {
    assert.equal(await verdictOf(READER, nobody), 'AUTHN_MISSING')
    assert.equal(
      asked.some((one) => one.startsWith('null')),
      false,
    )
  })

  it('never gives the yes of one group to another of the same function', async () => {
    const rule = compileRule(allOf(READER, WRITER).node, cache())
    const verdict = await rule.early(ana)
    assert.equal(verdict instanceof Refusal && verdict.code, 'AUTHZ_GROUP')
  })
})
