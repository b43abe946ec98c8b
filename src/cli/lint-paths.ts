import type { RouteDeclaration } from '../core/route-spec.ts'

const VERBS = new Set([
  'get',
  'post',
  'put',
  'patch',
  'delete',
  'create',
  'update',
  'remove',
  'add',
  'list',
  'fetch',
  'read',
])
const SEGMENT = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** What the naming rules of a first REST course say against the paths; one sentence for each finding. */
export function lintPaths(declarations: readonly RouteDeclaration[]): readonly string[] {
  return declarations.flatMap(({ path, where }) => findingsOf(path).map((finding) => `${where}: ${path}: ${finding}`))
}

function findingsOf(path: string): readonly string[] {
  const findings: string[] = []
  if (path !== '/' && path.endsWith('/')) findings.push('a path does not end with "/"')
  // The document of the OpenAPI standard has its usual name.
  if (/\.(json|xml|html)$/.test(path) && !path.endsWith('/openapi.json'))
    findings.push('the type of the answer is not part of the path')
  for (const segment of path.split('/').filter((text) => text !== '' && !/^[:*]/.test(text))) {
    if (segment !== segment.toLowerCase()) findings.push(`"${segment}" has upper-case letters`)
    else if (segment.includes('_')) findings.push(`"${segment}" joins words with "_", wanted "-"`)
    else if (!SEGMENT.test(segment) && !segment.includes('.'))
      findings.push(`"${segment}" is not made of words and dashes`)
    if (VERBS.has(segment)) findings.push(`"${segment}" is a verb: the method says what is done`)
  }
  return findings
}
