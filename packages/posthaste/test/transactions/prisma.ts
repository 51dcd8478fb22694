import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import type { ITXClientDenyList } from '@prisma/client/runtime/client'
import type { EngineName } from '../support/databases.ts'
import { generatePrismaClient } from '../support/prisma.ts'
import type { Library } from './library.ts'

const nodeModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

/** What these tests use of a generated client. */
export interface PrismaClient extends Raw {
  $transaction<T>(
    work: (tx: TransactionClient) => Promise<T>,
    options?: { timeout?: number; isolationLevel?: string },
  ): Promise<T>
  $connect(): Promise<void>
  $disconnect(): Promise<void>
  $extends(extension: object): PrismaClient
  readonly order: { create(args: { data: { id: string } }): Promise<unknown>; count(): Promise<number> }
}

export type TransactionClient = Omit<PrismaClient, ITXClientDenyList>

interface Raw {
  $executeRawUnsafe(sql: string, ...params: unknown[]): Promise<number>
  $queryRawUnsafe(sql: string, ...params: unknown[]): Promise<Record<string, unknown>[]>
}

export async function prisma(kind: EngineName, url: string): Promise<Library> {
  const { prisma: client, close } = await prismaClient(kind, url)
  return {
    outside: client,
    transaction: (work) => client.$transaction((tx) => work(tx)),
    nested: (tx, work) => nestedIn(tx as TransactionClient, work),
    run: (tx, text) =>
      text.startsWith('select')
        ? (tx as TransactionClient).$queryRawUnsafe(text)
        : (tx as TransactionClient).$executeRawUnsafe(text),
    close,
  }
}

/** Prisma's types do not have it yet. */
export function nestedIn<T>(
  outer: TransactionClient,
  work: (tx: TransactionClient) => Promise<T>,
): Promise<T> {
  return (outer as PrismaClient).$transaction(work)
}

/** A client of Prisma's own making, on this database; `close` removes what was generated. */
export async function prismaClient(
  kind: EngineName,
  url: string,
): Promise<{ prisma: PrismaClient; close(): Promise<void> }> {
  const { folder, Client } = await generated(kind)
  const prisma = new Client({ adapter: adapters[kind](url), transactionOptions: patient })
  return {
    prisma,
    async close() {
      await prisma.$disconnect()
      await rm(folder, { recursive: true })
    },
  }
}

/** Its 5 seconds are few on a machine that is busy with tests. */
const patient = { timeout: 60_000, maxWait: 60_000 }

const adapters: Record<EngineName, (url: string) => object> = {
  postgres: (url) => new PrismaPg({ connectionString: url, max: 4 }),
  mysql: (url) => new PrismaMariaDb(url),
  sqlite: (url) => new PrismaBetterSqlite3({ url: url.slice('sqlite:'.length) }),
}

const schema = (kind: EngineName) => `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "${kind === 'postgres' ? 'postgresql' : kind}"
}
model Order {
  id String @id
  @@map("app_order")
}`

/** Generated as an app does it, in a folder that sees our packages. */
async function generated(kind: EngineName) {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-prisma-'))
  await symlink(nodeModules, join(folder, 'node_modules'))
  await writeFile(join(folder, 'schema.prisma'), schema(kind))
  await generatePrismaClient(folder)
  const { PrismaClient: Client } = (await import(join(folder, 'client', 'client.ts'))) as {
    PrismaClient: new (options: object) => PrismaClient
  }
  return { folder, Client }
}
