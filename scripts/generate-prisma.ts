// What is committed of the example for Prisma is its schema: its types need the client that is generated from it.
import { fileURLToPath } from 'node:url'
import { generatePrismaClient } from '../packages/posthaste/test/support/prisma.ts'

await generatePrismaClient(fileURLToPath(new URL('../examples/17-prisma', import.meta.url)))
