import { generatePrismaClient } from '../../packages/posthaste/test/support/prisma.ts'
import type { Cell } from '../cell.ts'
import { runDriverApp } from '../driver-app.ts'
import type { Driver } from '../drivers.ts'
import { onLinux } from '../runtimes.ts'

/** Prisma on the adapters that it has for files of SQLite. On PostgreSQL and MariaDB the suite of all libraries tries it. */
export const cells: readonly Cell[] = [
  cell(prismaOn('adapter-libsql', 'PrismaLibSql')),
  // What the adapter wants is an older one, whose binary its install script fetches.
  {
    ...cell(prismaOn('adapter-better-sqlite3', 'PrismaBetterSqlite3')),
    overrides: { 'better-sqlite3': '13.2.0' },
  },
]

const schema = `generator client {
  provider = "prisma-client"
  output   = "./generated"
}

datasource db {
  provider = "sqlite"
}

model Order {
  id String @id
}
`

function cell(driver: Driver): Cell {
  return {
    name: `Node, ${driver.name}`,
    short: true,
    packages: driver.packages,
    skip: onLinux,
    async run(place) {
      await place.write('schema.prisma', schema)
      await generatePrismaClient(place.folder)
      return runDriverApp(driver, place, 'node shop.mjs')
    },
  }
}

function prismaOn(adapter: string, factory: string): Driver {
  const packages = Object.fromEntries(['client', adapter].map((name) => [`@prisma/${name}`, '7.10.0']))
  return {
    name: `Prisma with @prisma/${adapter}`,
    packages,
    database: 'sqlite',
    code: `import { ${factory} } from '@prisma/${adapter}'
import { PrismaClient } from './generated/client.ts'
const shop = new PrismaClient({ adapter: new ${factory}({ url: 'file:' + file }) })
const database = url
const inTransaction = (work) => shop.$transaction(work)
const end = () => shop.$disconnect()`,
  }
}
