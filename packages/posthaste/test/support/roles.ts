import { createMailQueue } from '../../src/index.ts'
import { type AppDatabase, openApp } from './app-database.ts'
import type { ServerKind } from './databases.ts'

/** A database with the queue's tables, and two users of it who may do nothing yet. */
export interface Roles {
  /** As the owner. */
  readonly root: AppDatabase
  readonly url: string
  readonly app: RoleUser
  readonly worker: RoleUser
  /** The names of an engine's tables, as this database has them. */
  drop(): Promise<void>
}

interface RoleUser {
  /** As --print-grants takes it. */
  readonly name: string
  readonly url: string
}

export async function openRoles(kind: ServerKind, url: string): Promise<Roles> {
  await using mail = createMailQueue({ database: url })
  await mail.migrate()
  const root = await openApp(kind, url)
  const database = new URL(url).pathname.slice(1)
  const host = kind === 'postgres' ? '' : `@${await hostSeenBy(root)}`
  const users = [`a${database}`, `w${database}`].map((name) => ({
    name: `${name}${host}`,
    url: asUser(url, name),
  }))
  const [app, worker] = users
  if (!app || !worker) throw new Error('there are no users')
  for (const { name } of users) for (const statement of created(kind, name)) await root.run(statement)
  return {
    root,
    url,
    app,
    worker,
    async drop() {
      for (const { name } of users) for (const statement of dropped(kind, name)) await root.run(statement)
      await root.close()
    },
  }
}

function asUser(url: string, name: string): string {
  return Object.assign(new URL(url), { username: name, password: 'secret' }).href
}

/** Of two users of one name the server takes the one whose host says more. */
async function hostSeenBy(root: AppDatabase): Promise<string> {
  const [row] = await root.run("select substring_index(user(), '@', -1) as host")
  return String(row?.host)
}

/** MySQL: quoted as an account. */
export function accountOf(kind: ServerKind, name: string): string {
  if (kind === 'postgres') return `"${name}"`
  const [user, host] = name.split('@')
  return `'${user}'@'${host}'`
}

/** Another test may make the whole server read-only meanwhile. */
const writesAnyway = { mariadb: 'read only admin', mysql: 'connection_admin' }

function created(kind: ServerKind, name: string): string[] {
  const account = accountOf(kind, name)
  return kind === 'postgres'
    ? [`create role ${account} login password 'secret'`]
    : [`create user ${account} identified by 'secret'`, `grant ${writesAnyway[kind]} on *.* to ${account}`]
}

function dropped(kind: ServerKind, name: string): string[] {
  const account = accountOf(kind, name)
  return kind === 'postgres' ? [`drop owned by ${account}`, `drop role ${account}`] : [`drop user ${account}`]
}
