export { traceHeaders, tracing, type TracingOptions } from './tracing/tracing.ts'
