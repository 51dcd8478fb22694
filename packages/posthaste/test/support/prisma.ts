import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const cli = fileURLToPath(import.meta.resolve('prisma/build/index.js'))

/** Has Prisma write the client of the `schema.prisma` in this folder, as `npx prisma generate` does. Needs no network. */
export async function generatePrismaClient(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: folder,
    // Generating needs no schema engine, but downloads one where none is named. The one named here is never run.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  })
}
