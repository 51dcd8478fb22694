import type { DatabaseKind } from '../connections/database.ts'
import { numbered } from '../connections/postgres.ts'

/** What a library calls the databases; the first pattern that matches counts. */
export type DialectNames = readonly (readonly [name: RegExp, kind: DatabaseKind])[]

/** The database that a library means; undefined where it means another. */
export function kindNamed(names: DialectNames, name: string): DatabaseKind | undefined {
  return names.find(([pattern]) => pattern.test(name))?.[1]
}

/** A statement with its parameters as the drivers of this database have them. */
export function driverSql(kind: DatabaseKind | undefined, sql: string): string {
  const write = kind && writers[kind]
  return write ? write(sql) : sql
}

const writers: Partial<Record<DatabaseKind, (sql: string) => string>> = {
  postgres: (sql) => numbered(sql).text,
}
