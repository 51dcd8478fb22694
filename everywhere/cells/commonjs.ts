import type { Cell } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { backstage, expectMails, order } from '../visit.ts'

export const cells: readonly Cell[] = [
  {
    name: 'commonjs, express, a worker of its own',
    short: true,
    packages: { express: '5.3.0' },
    async run(place) {
      const { files, commands } = adviceOf('commonjs', 'The queue', 'An order', 'The worker')
      for (const [file, code] of Object.entries(files)) await place.write(file, code)
      const [work = ''] = commands
      await using behind = await backstage(place.folder)
      await using site = await place.serve('node server.js', { env: behind.env })
      await order(site)
      await using worker = await place.serve(`${work.replace('npx ', '')} --http $PORT`, { env: behind.env })
      await expectMails(behind, ['Your order'])
      await Promise.all([site.stop(), worker.stop()])
      return 'sent 1 by the other process, none of the order rolled back'
    },
  },
]
