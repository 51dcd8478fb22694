import type { Cell } from '../cell.ts'
import { onLinux } from '../runtimes.ts'
import { besideServer } from '../shop.ts'

interface Runtime {
  readonly name: string
  readonly packages: Readonly<Record<string, string>>
  /** Where its program is. */
  readonly bin: string
  /** Its own name in `process.versions`: its shebang would have Node run the command. */
  readonly key: string
  /** What runs the command, and what runs a file. */
  readonly posthaste: string
  readonly file: string
}

const runtimes: readonly Runtime[] = [
  {
    name: 'Bun 1.4.5',
    key: 'bun',
    packages: { '@oven/bun-linux-x64': '1.4.5' },
    bin: 'node_modules/@oven/bun-linux-x64/bin',
    posthaste: 'bun --bun posthaste',
    file: 'bun',
  },
  {
    name: 'Deno 2.9.6',
    key: 'deno',
    packages: { '@deno/linux-x64-glibc': '2.9.6' },
    bin: 'node_modules/@deno/linux-x64-glibc',
    posthaste: 'deno run -A npm:posthaste',
    file: 'deno run -A',
  },
]

/** Also that the runtime's own TypeScript is enough for a configuration: Node could not run an enum by itself. */
const configuration = (key: string) => `import { createMailQueue } from 'posthaste'
if (process.versions.${key} === undefined) throw new Error('it is not ${key} that runs this')
enum Files {
  queue = 'sqlite:queue.db',
}
export default createMailQueue({
  database: Files.queue,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.SHOP_SMTP as string },
})
`

const check = `import { version } from 'posthaste'
import mail from './posthaste.config.ts'
const [sent, mails] = [await mail.count({ state: 'sent' }), await mail.count({ all: true })]
console.log(JSON.stringify({ sent, mails, version}))
await mail.close()
`

export const cells: readonly Cell[] = runtimes.map(({ name, key, packages, bin, posthaste, file }) => ({
  name: `the command, by ${name}`,
  packages,
  skip: onLinux,
  async run(place) {
    await place.write('posthaste.config.ts', configuration(key))
    await place.write('check.mjs', check)
    const steps = [
      `${posthaste} migrate`,
      `${posthaste} enqueue --to ada@example.com --subject Committed --text Hello`,
      `${posthaste} work --once`,
      `${posthaste} doctor`,
      `${file} check.mjs`,
    ]
    return besideServer(place.version, (smtp) =>
      place.shell(`export PATH="$PWD/${bin}:$PATH" SHOP_SMTP=${smtp}; ${steps.join(' && ')}`),
    )
  },
}))
