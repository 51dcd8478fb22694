/** What a project's packages say of it. Of several that fit, the first counts: a framework before what it stands on. */

export type FrameworkName =
  | 'NestJS'
  | 'Next.js'
  | 'SvelteKit'
  | 'Nuxt'
  | 'Fastify'
  | 'Express'
  | 'no framework'

export interface Framework {
  readonly name: FrameworkName
  /** Null is said of every project. */
  readonly package: string | null
  /** How it reads the project: by a bundler, by a compiler of its own, or as Node does. */
  readonly reads: 'bundled' | 'compiled' | 'as Node does'
  /** The scripts that start the app, the best first. */
  readonly starts: readonly string[]
  readonly port: number
}

export const frameworks: readonly Framework[] = [
  { name: 'NestJS', package: '@nestjs/core', reads: 'compiled', starts: ['start'], port: 3000 },
  { name: 'Next.js', package: 'next', reads: 'bundled', starts: ['dev', 'start'], port: 3000 },
  { name: 'SvelteKit', package: '@sveltejs/kit', reads: 'bundled', starts: ['dev'], port: 5173 },
  { name: 'Nuxt', package: 'nuxt', reads: 'bundled', starts: ['dev'], port: 3000 },
  { name: 'Fastify', package: 'fastify', reads: 'as Node does', starts: ['start', 'dev'], port: 3000 },
  { name: 'Express', package: 'express', reads: 'as Node does', starts: ['start', 'dev'], port: 3000 },
  { name: 'no framework', package: null, reads: 'as Node does', starts: [], port: 0 },
]

export interface Driver {
  readonly name: string
  /** All of them are there. */
  readonly packages: readonly string[]
  /** How a mail joins a transaction of its own. */
  readonly joins: string
}

export const drivers: readonly Driver[] = [
  driver('Prisma', ['@prisma/client'], 'await prisma.$transaction((tx) => mail.enqueueIn(tx, yourMail))'),
  driver('Drizzle on better-sqlite3', ['drizzle-orm', 'better-sqlite3'], prepared('tx')),
  driver('Drizzle', ['drizzle-orm'], 'await db.transaction((tx) => mail.enqueueIn(tx, yourMail))'),
  driver('TypeORM', ['typeorm'], 'await dataSource.transaction((tx) => mail.enqueueIn(tx, yourMail))'),
  driver('MikroORM', ['@mikro-orm/core'], 'await em.transactional((tx) => mail.enqueueIn(tx, yourMail))'),
  driver('Sequelize', ['sequelize'], 'await sequelize.transaction((t) => mail.enqueueIn(t, yourMail))'),
  driver('Objection', ['objection'], 'await Model.transaction((trx) => mail.enqueueIn(trx, yourMail))'),
  driver('Kysely', ['kysely'], 'await db.transaction().execute((trx) => mail.enqueueIn(trx, yourMail))'),
  driver('Knex', ['knex'], 'await knex.transaction((trx) => mail.enqueueIn(trx, yourMail))'),
  driver('postgres.js', ['postgres'], 'await sql.begin((tx) => mail.enqueueIn(tx, yourMail))'),
  driver('pg', ['pg'], 'await mail.enqueueIn(client, yourMail), between begin and commit'),
  driver('mysql2', ['mysql2'], 'await mail.enqueueIn(connection, yourMail), after beginTransaction()'),
  driver('better-sqlite3', ['better-sqlite3'], prepared('db')),
  driver('node:sqlite', [], 'await mail.enqueueIn(db, yourMail), between begin and commit'),
]

function driver(name: string, packages: readonly string[], joins: string): Driver {
  return { name, packages, joins }
}

/** Its transactions may not wait. */
function prepared(handle: string): string {
  return `mail.enqueueSync(${handle}, prepared), of await mail.prepare(yourMail) before it`
}

export type Kind = 'PostgreSQL' | 'MySQL' | 'SQLite'

/** A database: its packages, the scheme of its URLs, and what the queue connects with. */
export const databases: readonly {
  readonly kind: Kind
  readonly packages: readonly string[]
  readonly scheme: RegExp
  readonly connects: string | undefined
  readonly example: string
}[] = [
  {
    kind: 'PostgreSQL',
    packages: ['pg', 'postgres', '@prisma/adapter-pg', '@mikro-orm/postgresql'],
    scheme: /^postgres(ql)?:?/i,
    connects: 'pg',
    example: 'postgres://user:password@localhost:5432/app',
  },
  {
    kind: 'MySQL',
    packages: [
      'mysql2',
      'mysql',
      'mariadb',
      '@prisma/adapter-mariadb',
      '@mikro-orm/mysql',
      '@mikro-orm/mariadb',
    ],
    scheme: /^(mysql|mariadb):?/i,
    connects: 'mysql2',
    example: 'mysql://user:password@localhost:3306/app',
  },
  {
    kind: 'SQLite',
    packages: [
      'better-sqlite3',
      '@prisma/adapter-better-sqlite3',
      '@prisma/adapter-libsql',
      '@mikro-orm/sqlite',
    ],
    scheme: /^(sqlite|file):?/i,
    connects: undefined,
    example: 'sqlite:mail.db',
  },
]

/** Package managers, by the file that each leaves. */
export const managers: readonly {
  readonly name: string
  readonly leaves: readonly string[]
  readonly adds: string
}[] = [
  { name: 'pnpm', leaves: ['pnpm-lock.yaml'], adds: 'pnpm add' },
  { name: 'yarn', leaves: ['yarn.lock'], adds: 'yarn add' },
  { name: 'bun', leaves: ['bun.lock', 'bun.lockb'], adds: 'bun add' },
  { name: 'npm', leaves: [], adds: 'npm install' },
]
