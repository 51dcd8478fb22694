import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { startSmtp } from '../packages/posthaste/test/support/smtp.ts'
import { expectSame } from './visit.ts'

const run = promisify(execFile)

export type Format = 'esm' | 'cjs'

/** What is bundled: an app that queues one mail in a transaction, one in another that is rolled back, delivers, and counts. */
export function shop(format: Format): string {
  return `${imports[format]}
async function main() {
  const file = process.env.SHOP_FILE
  const shop = new DatabaseSync(file)
  const mail = createMailQueue({
    database: 'sqlite:' + file,
    defaults: { from: 'Shop <shop@example.com>' },
    transports: { default: process.env.SHOP_SMTP },
  })
  await mail.migrate()
  shop.exec('begin')
  await mail.enqueueIn(shop, { to: 'ada@example.com', subject: 'Committed', text: 'Hello' })
  shop.exec('commit')
  shop.exec('begin')
  await mail.enqueueIn(shop, { to: 'eve@example.com', subject: 'Rolled back', text: 'Hello' })
  shop.exec('rollback')
  const { sent } = await mail.deliverDue()
  console.log(JSON.stringify({ sent, mails: await mail.count({ all: true }), version }))
  await mail.close()
  shop.close()
}
main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
`
}

const imports: Readonly<Record<Format, string>> = {
  esm: `import { DatabaseSync } from 'node:sqlite'
import { createMailQueue, version } from 'posthaste'
`,
  cjs: `const { DatabaseSync } = require('node:sqlite')
const { createMailQueue, version } = require('posthaste')
`,
}

/**
 * Runs the file that a bundler made, alone in a folder without packages, beside a mail server of its own. Tells what it did.
 *
 * @param runtime empty: the file is a program
 */
export async function runAlone(
  bundle: string,
  version: string,
  runtime: readonly string[] = [process.execPath],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-alone-'))
  try {
    const file = join(folder, basename(bundle))
    await cp(bundle, file)
    return await besideServer(version, async (smtp) => {
      const env = { SHOP_FILE: join(folder, 'shop.db'), SHOP_SMTP: smtp, NODE_NO_WARNINGS: '1' }
      const [program = file, ...args] = [...runtime, file]
      return (await run(program, args, { cwd: folder, env })).stdout
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs an app beside a mail server. Its last line says what it did, and what the server received says whether that is so. */
export async function besideServer(version: string, app: (smtp: string) => Promise<string>): Promise<string> {
  const smtp = await startSmtp()
  try {
    const lines = (await app(smtp.url)).trim().split('\n')
    expectSame(JSON.parse(lines.at(-1) ?? ''), { sent: 1, mails: 1, version })
    const subjects = await Promise.all(smtp.received.map(async (mail) => (await mail.parsed()).subject))
    expectSame(subjects, ['Committed'])
    return `sent 1, none of the transaction rolled back, version ${version}`
  } finally {
    await smtp.close()
  }
}
