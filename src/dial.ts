export {
  createGuardedFetch,
  type FetchedPage,
  type FetchOptions,
  type GuardedFetch,
  type GuardedFetchOptions,
} from './dial/guarded-fetch.ts'
export { isPublicAddress } from './dial/public-address.ts'
export { type ResolveHost, resolveHost } from './dial/resolve-host.ts'
