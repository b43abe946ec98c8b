import { listLimits } from '../core/guard-spec.ts'
import type { AppView } from '../pipeline/app-view.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'
import { describeParams } from './describe-params.ts'
import { describeExamples, describeRefusals } from './describe-refusals.ts'
import { describeReplies } from './describe-replies.ts'
import { describeSecurity } from './describe-security.ts'
import type { SchemaPool } from './lift-schema.ts'
import { type Json, type Operation, refTo } from './openapi-document.ts'
import { firstSegment, formatOperationId, formatTemplate } from './operation-name.ts'
import { type HandlerFacts, readHandler } from './read-handler.ts'
import { refusalsOfRoute } from './refusals-of-route.ts'
import type { StatementBook } from './statement-book.ts'
import { writtenHandler } from './written-handler.ts'

/** One method of one route, and the shared parts of the document that it brings. */
export interface DescribedOperation {
  readonly route: CompiledRoute
  readonly method: string
  /** Path template, without the prefix of the app. */
  readonly path: string
  readonly operation: Operation
  readonly securitySchemes: Readonly<Record<string, Json>>
  readonly examples: Readonly<Record<string, Json>>
}

export interface OperationPlan {
  readonly view: AppView
  readonly statements: StatementBook
  readonly pool: SchemaPool
  /** Ids that are taken already. */
  readonly ids: Set<string>
}

/** Describes what dispatch executes for one method of a route. */
export function describeOperation(route: CompiledRoute, method: string, plan: OperationPlan): DescribedOperation {
  const { view, statements, pool, ids } = plan
  const { declaration } = route
  const { spec } = declaration
  const path = declaration.path.slice(view.prefix.length) || '/'
  const operationId = takeId(formatOperationId(method, path), ids)
  const facts = readHandler(writtenHandler(route), { statements, hasUser: route.rule.needsUser })
  const security = describeSecurity(route, method)
  const credentials = { names: security.bodyFields, areRequired: security.needsBodyFields }
  const params = describeParams({ route, method, owner: operationId, pool, credentials })
  const refusals = refusalsOfRoute({ route, method, facts, hasDatabase: view.queries !== null })
  const operation: Operation = {
    operationId,
    summary: spec.summary ?? firstSentence(facts.texts[0]) ?? whoMayCall(route.rule.text),
    description: describeText(route, facts),
    tags: spec.tags ?? [firstSegment(path) ?? view.name],
    ...(spec.deprecated === true ? { deprecated: true } : {}),
    ...(params.parameters.length === 0 ? {} : { parameters: params.parameters }),
    ...(params.requestBody === null ? {} : { requestBody: params.requestBody }),
    responses: {
      ...describeReplies({ route, facts, owner: operationId, pool }),
      ...describeRefusals(refusals, view),
      '4XX': refTo('responses', 'Protocol') as unknown as Operation['responses'][string], // a reference stands for it
    },
    security: security.requirements,
    'x-rule': route.rule.text,
  }
  return {
    route,
    method,
    path: formatTemplate(path),
    operation,
    securitySchemes: security.schemes,
    examples: describeExamples(refusals, view),
  }
}

/** Method and path stand beside it: what they do not tell is for whom it is. */
function whoMayCall(rule: string): string {
  if (rule === 'OPEN') return 'For everybody'
  if (rule === 'AUTH') return 'For every known user'
  return rule === 'CLOSED' ? 'For nobody' : `For ${rule}`
}

function firstSentence(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /^[^.;]+/.exec(text.replaceAll(/\s+/g, ' '))?.[0]
}

function takeId(wanted: string, ids: Set<string>): string {
  let id = wanted
  for (let i = 2; ids.has(id); i++) id = `${wanted}_${i}`
  ids.add(id)
  return id
}

/** The text of the route, what its statements say, and who may call how often. */
function describeText({ declaration, rule }: CompiledRoute, facts: HandlerFacts): string {
  const { spec, limits } = declaration
  const all = [...limits.flatMap((shared) => shared.limits), ...listLimits(spec)]
  return [
    ...(spec.description === undefined ? [] : [spec.description]),
    ...facts.texts,
    `Who may call: \`${rule.text}\`.`,
    ...(spec.fresh === undefined ? [] : [`The login must be at most ${spec.fresh / 1000} seconds old.`]),
    ...all.map(({ calls, windowMs, by }) => `At most ${calls} calls in ${windowMs / 1000} seconds, for each ${by}.`),
  ].join('\n\n')
}
