export { metrics, type MetricsOptions } from './metrics/metrics.ts'
