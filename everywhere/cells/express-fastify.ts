import type { Cell, Place } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { backstage, expectMails, expectSame, holdMails, order, stopDuringMail } from '../visit.ts'

interface Framework {
  readonly heading: 'Express' | 'Fastify'
  readonly packages: Readonly<Record<string, string>>
}

const typed = { typescript: '6.0.3', '@types/node': '24.19.2' }
const express: Framework = {
  heading: 'Express',
  packages: { express: '5.3.0', '@types/express': '5.0.6', ...typed },
}
const fastify: Framework = { heading: 'Fastify', packages: { fastify: '5.12.8', ...typed } }

export const cells: readonly Cell[] = [
  { ...inOneProcess(express), short: true },
  inTwo(express),
  { ...inOneProcess(fastify), short: true },
  inTwo(fastify),
]

function inOneProcess({ heading, packages }: Framework): Cell {
  return {
    name: `${heading.toLowerCase()}, a worker in its process`,
    packages,
    async run(place) {
      await writeApp(place, heading)
      await place.shell(`tsc --noEmit ${compilerOptions} server.ts`)
      await using behind = await backstage(place.folder)
      const release = holdMails(behind)
      await using site = await place.serve('node server.ts', { env: behind.env })
      await order(site)
      await stopDuringMail(site, behind, release)
      await expectMails(behind, ['Your order'])
      expectSame((await behind.queue.health()).workers, [])
      return 'typed; sent 1, though SIGTERM came meanwhile; none of the order rolled back'
    },
  }
}

function inTwo({ heading, packages }: Framework): Cell {
  const [command = ''] = adviceOf('express-fastify', 'A worker of its own').commands
  return {
    name: `${heading.toLowerCase()}, a worker of its own`,
    packages,
    async run(place) {
      await writeApp(place, heading, 'worker()')
      await using behind = await backstage(place.folder)
      await using site = await place.serve('node server.ts', { env: behind.env })
      await order(site)
      await using worker = await place.serve(`${command.replace('npx ', '')} --http $PORT`, {
        env: behind.env,
      })
      await expectMails(behind, ['Your order'])
      await Promise.all([site.stop(), worker.stop()])
      return 'sent 1 by the other process, none of the order rolled back'
    },
  }
}

async function writeApp(place: Place, heading: string, without?: string): Promise<void> {
  await place.write('package.json', JSON.stringify({ private: true, type: 'module' }))
  for (const [file, code] of Object.entries(adviceOf('express-fastify', 'The queue', heading).files)) {
    const lines = code.split('\n').filter((line) => without === undefined || !line.includes(without))
    await place.write(file, lines.join('\n'))
  }
}

const compilerOptions = '--strict --target esnext --module nodenext --allowImportingTsExtensions'
