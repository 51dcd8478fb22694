import type { Cell, Place } from '../cell.ts'
import { adviceOf } from '../page.ts'
import { backstage, expectMails, expectSame, holdMails, order, stopDuringMail } from '../visit.ts'

export const cells: readonly Cell[] = [cell('module'), { ...cell('commonjs'), short: true }]

function cell(type: 'module' | 'commonjs'): Cell {
  return {
    name: `nest 12.5.1, ${type}`,
    packages: {
      '@nestjs/common': '12.5.1',
      '@nestjs/core': '12.5.1',
      '@nestjs/platform-express': '12.5.1',
      'reflect-metadata': '0.2.2',
      rxjs: '7.8.2',
      typescript: '6.0.3',
      '@types/node': '24.19.2',
    },
    async run(place) {
      await writeApp(place, type)
      await place.shell('tsc')
      await using behind = await backstage(place.folder)
      const release = holdMails(behind)
      await using site = await place.serve('node dist/main.js', { env: behind.env })
      await order(site)
      await stopDuringMail(site, behind, release)
      await expectMails(behind, ['Your order'])
      expectSame((await behind.queue.health()).workers, [])
      return 'typed; sent 1, though SIGTERM came meanwhile; none of the order rolled back'
    },
  }
}

async function writeApp(place: Place, type: string): Promise<void> {
  await place.write('package.json', JSON.stringify({ private: true, type }))
  await place.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }))
  const { files } = adviceOf('nestjs', 'The queue', 'An order', 'The app')
  for (const [file, code] of Object.entries(files)) await place.write(file, code)
}

/** What `nest new` writes, and strict. */
const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  rootDir: 'src',
  outDir: 'dist',
  types: ['node'],
}
