import type { RuleNode } from '../core/rule.ts'

/** Those for whom a document is made: `nobody`, `user` (known, in no group), or a group or scope by its name. */
export type Audience = string

/** True where the rule alone does not shut the audience out. What a user owns is not known here: it counts as theirs. */
export function mayCall(node: RuleNode, audience: Audience): boolean {
  switch (node.kind) {
    case 'closed':
      return false
    case 'open':
      return true
    case 'auth':
    case 'permission':
      return audience !== 'nobody'
    case 'group':
    case 'scope':
      return node.name === audience
    case 'anyOf':
      return node.parts.some((part) => mayCall(part, audience))
    case 'allOf':
      return node.parts.every((part) => mayCall(part, audience))
  }
}

/** Names of groups and scopes of a rule. */
export function namesOf(node: RuleNode): readonly string[] {
  if (node.kind === 'group' || node.kind === 'scope') return [node.name]
  return node.kind === 'anyOf' || node.kind === 'allOf' ? node.parts.flatMap(namesOf) : []
}

/** Scopes that every caller must have, whatever else the rule says. */
export function scopesOf(node: RuleNode): readonly string[] {
  if (node.kind === 'scope') return [node.name]
  return node.kind === 'allOf' ? node.parts.flatMap(scopesOf) : []
}
