import type { Executor } from '../connections/database.ts'
import type { ContentFate, WrittenContents } from './add/contents.ts'
import type { Enqueued, NewContent, NewEntry, NewMail } from './add/new-mail.ts'
import type { Statement } from './sql.ts'
import type { Steps } from './statement.ts'

/**
 * What stands in the database for the app's transaction. It is written by the first statement of a call, before
 * anything is awaited, and what comes later is stored only where it still holds. So a forgotten `await` never puts mail
 * into what the connection does next.
 */
export type StoreGuard = SettingGuard | MailsGuard | RowGuard

/** PostgreSQL: a setting that ends with the transaction, and with a savepoint that is rolled back. */
export interface SettingGuard {
  readonly by: 'setting'
  readonly name: string
  readonly token: string
  /** The statement that stores sets it, too: the driver knows the transaction. */
  readonly isNew?: true
  /** That of `within`: this one is acquired only where that one still holds. */
  readonly outer?: StoreGuard | undefined
}

/** MySQL and SQLite: the mail rows themselves, which cannot be claimed yet. */
export interface MailsGuard {
  readonly by: 'mails'
  readonly mails: readonly NewMail[]
  readonly outer?: StoreGuard | undefined
}

/** The same for mails that come later: a row of its own. */
export interface RowGuard {
  readonly by: 'row'
  readonly token: string
  readonly outer?: StoreGuard | undefined
}

export interface GuardSite {
  /** The server that the queue is on, where it must be known before anything is written. @default '' */
  readonly identity?: string
  /** The library refuses what comes after the end of the transaction, so that nothing need be proven. */
  readonly rejectsAfterEnd?: boolean | undefined
}

/** Makes mails that lack nothing any more deliverable, and tells what became of them. */
export type InsertDeliveries = () => Steps<Enqueued[]>

export interface ContentsUnder {
  readonly guard: StoreGuard
  /** Contents that this call has stored already. */
  readonly written: WrittenContents
}

/**
 * How mail is written. Every verb gives steps, which run on any connection, at once or later. Nothing can be claimed
 * before the last statement of {@link EnqueueStore.addMails} or of {@link InsertDeliveries}. Not public API.
 */
export interface EnqueueStore {
  /**
   * Stores mails in the queue's own transaction, or in a synchronous one: nothing can come between.
   *
   * @throws {PH_IDEMPOTENCY_CONFLICT} {PH_SUPERSEDED} {PH_CONTENT_MISSING}
   */
  addMails(entries: readonly NewEntry[], written: WrittenContents): Steps<Enqueued[]>
  /** Is {@link EnqueueStore.addMails} one statement for these, which needs no transaction around it? */
  isOneStatement(entries: readonly NewEntry[]): boolean

  /** Which server (and database) a connection is on: the same from every connection to it. */
  serverIdentity(): Steps<string>
  /**
   * Writes the guard; the rows of a {@link MailsGuard} are the mails' own. Gives the identity of the server.
   *
   * @throws {PH_NO_TRANSACTION} {PH_WRONG_DATABASE} with nothing written
   */
  acquireGuard(guard: StoreGuard, site: GuardSite): Steps<string>
  /** Is the guard there, as this connection sees it? */
  guardHolds(guard: StoreGuard): Steps<boolean>
  /** Asked on another connection: was the transaction of the guard committed? */
  isCommitted(guard: StoreGuard): Steps<boolean>
  releaseGuard(guard: StoreGuard, hasStored: boolean): Steps<void>

  /**
   * Stores all of these mails but what makes them deliverable.
   *
   * @throws {PH_TRANSACTION_ENDED} {PH_IDEMPOTENCY_CONFLICT}
   */
  insertContents(entries: readonly NewEntry[], under: ContentsUnder): Steps<InsertDeliveries>
  /** Removes mails that are not deliverable yet. */
  deleteMails(ids: readonly string[]): Steps<void>

  /** Stores one content by itself; tells in how many chunks. */
  putContent(content: Extract<NewContent, { source: unknown }>, fate: ContentFate): Steps<number>
  /**
   * The statements that store a mail without content of its own, in their order, not run yet. They store nothing that
   * can be claimed, and cancel nothing, where one of them is missing. A key that another mail has stays with that one,
   * and nothing is stored.
   */
  collectStatements(entry: NewEntry, executor: Executor): Promise<Statement[]>
  /** How the database's own drivers take parameters. */
  readonly placeholders: 'numbered' | 'question'
}
