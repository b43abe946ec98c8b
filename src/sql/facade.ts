import type { StatementTree } from './queries.ts'
import { StatementCall } from './statement-call.ts'
import type { Runner } from './statement-call.ts'
import type { TypeCatalog } from './type-catalog.ts'

const RUNNER = Symbol('runner')

interface Facade {
  readonly [RUNNER]: Runner
}

/** Makes an object whose methods are the statements. */
export type CreateFacade = (runner: Runner) => unknown

/**
 * Compiles the statements to one class for the whole app: a facade for a call is then one object with one field, and
 * its methods are shared with every other.
 */
export function compileFacade(tree: StatementTree, types: TypeCatalog): CreateFacade {
  class StatementFacade implements Facade {
    readonly [RUNNER]: Runner
    constructor(runner: Runner) {
      this[RUNNER] = runner
    }
  }
  for (const statement of tree.statements) {
    const call = new StatementCall(statement, types)
    const value = function (this: Facade, args?: unknown): unknown {
      return call.call(this[RUNNER], args)
    }
    Object.defineProperty(value, 'name', { value: statement.method })
    Object.defineProperty(StatementFacade.prototype, statement.method, { value, enumerable: true })
  }
  for (const [name, child] of tree.children) {
    const createChild = compileFacade(child, types)
    const get = function (this: Facade): unknown {
      return createChild(this[RUNNER])
    }
    Object.defineProperty(StatementFacade.prototype, name, { get, enumerable: true })
  }
  return (runner) => new StatementFacade(runner)
}
