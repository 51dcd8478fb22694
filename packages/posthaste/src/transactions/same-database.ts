import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseKind } from '../connections/database.ts'
import { kindOfDatabase } from '../connections/open.ts'
import { fileIdentity } from '../connections/sqlite.ts'
import { fileOf, isSqliteHandle } from '../connections/sqlite-handle.ts'
import { parseDatabaseUrl } from '../connections/url.ts'
import { PosthasteError } from '../errors.ts'
import type { Engine } from '../store/engine.ts'
import { engineFor } from '../store/engine-for.ts'
import { mainFile } from '../store/sqlite/enqueue-store.ts'
import type { Steps } from '../store/statement.ts'
import type { AsyncHandle, SyncHandle, TransactionHandle } from './transaction-handle.ts'

/**
 * The kind of database that queue and transaction share.
 *
 * @throws {PH_WRONG_DATABASE} they differ
 */
export function kindFor(
  connected: DatabaseKind | undefined,
  database: unknown,
  { kind, name }: TransactionHandle,
): DatabaseKind {
  const own = connected ?? kindGiven(database)
  if (kind !== undefined && kind !== own)
    throw new PosthasteError('PH_WRONG_DATABASE', `a ${name}, but the queue is on ${own}`)
  return own
}

function kindGiven(database: unknown): DatabaseKind {
  if (database === undefined || database === null || database === '')
    throw new PosthasteError('PH_NO_DATABASE')
  const own = kindOfDatabase(database)
  if (own === undefined) throw new PosthasteError('PH_DATABASE_HANDLE')
  return own
}

/** @throws {PH_WRONG_DATABASE} another file, or another database in memory */
export function refuseOtherFile(database: unknown, handle: SyncHandle): void {
  if (database === handle.key) return
  const own = fileOfDatabase(database)
  if (own === undefined || handle.file === undefined || !isSameFile(own, handle.file))
    throw new PosthasteError(
      'PH_WRONG_DATABASE',
      `a ${handle.name} on ${handle.file ?? 'memory'}, the queue on ${own ?? 'another one in memory'}`,
    )
}

/**
 * The same for a library that hides its handle: asked in SQL. Gives the file.
 *
 * @throws {PH_WRONG_DATABASE}
 */
export function* refuseOtherPath(database: unknown, { name }: AsyncHandle): Steps<string> {
  const file = yield* mainFile()
  const own = fileOfDatabase(database)
  if (own === undefined || file === '' || !isSameFile(own, file))
    throw new PosthasteError(
      'PH_WRONG_DATABASE',
      `a ${name} on ${file || 'memory'}, the queue on ${own ?? 'another one in memory'}`,
    )
  return file
}

/** SQLite's engine is known without a connection. */
export function ownEngine({ prefix }: { readonly prefix?: string | undefined }): Engine {
  return engineFor({ kind: 'sqlite', flavour: 'sqlite' }, { prefix })
}

function fileOfDatabase(database: unknown): string | undefined {
  if (isSqliteHandle(database)) return fileOf(database)
  const url = parseDatabaseUrl(String(database))
  return 'file' in url && url.file !== ':memory:' ? url.file : undefined
}

/** A hard link of another name is another file to SQLite, whose log goes by the name. One that differs in case only is a disk's own doing. */
function isSameFile(one: string, other: string): boolean {
  const [own, given] = [real(one), real(other)]
  if (own === given) return true
  const identity = fileIdentity(own)
  return (
    own.toLowerCase() === given.toLowerCase() && identity !== undefined && identity === fileIdentity(given)
  )
}

/** By the system's own answer, which gives a name as it is written on the disk where names are compared without their case. */
function real(file: string): string {
  try {
    return realpathSync.native(file)
  } catch {
    return resolve(file)
  }
}
