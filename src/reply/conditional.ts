export { checkPreconditions, isRangeFresh, parseEtags } from '../wire/conditional.ts'
export type { ConditionalRequest, Precondition, Validators } from '../wire/conditional.ts'
