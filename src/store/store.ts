export {
  assertTtl,
  type Counter,
  type Replacement,
  type Store,
  type Subscriber,
  type Unsubscribe,
} from '../core/store.ts'
