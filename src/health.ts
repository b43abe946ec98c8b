export { health, type HealthOptions } from './health/health.ts'
