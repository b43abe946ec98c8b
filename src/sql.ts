export type { Int8Mode } from './sql/codecs.ts'
export { createDatabase } from './sql/database.ts'
export type { Database, DatabaseOptions } from './sql/database.ts'
export { DirectoryHeldError } from './sql/directory-lock.ts'
export type {
  Cell,
  Column,
  Connection,
  Description,
  Driver,
  RawResult,
  Transaction,
  TransactionOptions,
} from './sql/driver.ts'
export { generateQueries, queriesOutputPath } from './sql/generate.ts'
export type { GenerateOptions } from './sql/generate.ts'
export { migrate, migrationStatus, nextMigrationFile } from './sql/migrations.ts'
export type { AppliedMigration, MigrationFile, MigrationReport, MigrationStatus } from './sql/migrations.ts'
export { maskDatabaseUrl, openDriver } from './sql/open-driver.ts'
export type { OpenDriverOptions } from './sql/open-driver.ts'
export { sqlFile } from './sql/queries.ts'
export type { LoadedQueries, Queries, StatementTree } from './sql/queries.ts'
export type { SqlSession } from './sql/session.ts'
export { isSerializationFailure, refusalOfSqlError, SqlError } from './sql/sql-error.ts'
export type { SqlErrorSource } from './sql/sql-error.ts'
export type { Statement, StatementKind } from './sql/statement.ts'
