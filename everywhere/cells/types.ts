import type { Cell } from '../cell.ts'
import { type Combination, configOf, program } from '../typed-app.ts'

// Pairwise: each value of a column meets each of another one at least once, where they go together.
const combinations: readonly Combination[] = [
  {
    typescript: '5.4.5',
    resolution: 'node10',
    format: 'cjs',
    nodemailer: '6.10.1',
    types: '6.4.24',
    interop: false,
  },
  { typescript: '5.4.5', resolution: 'node16', format: 'cjs', nodemailer: '9.1.1', types: '8.0.2' },
  { typescript: '5.4.5', resolution: 'nodenext', format: 'esm', nodemailer: '7.0.13', types: '7.0.12' },
  { typescript: '5.4.5', resolution: 'bundler', format: 'esm', nodemailer: '10.6.1' },
  { typescript: '5.9.3', resolution: 'node10', format: 'cjs', nodemailer: '10.6.1' },
  { typescript: '5.9.3', resolution: 'node16', format: 'esm', nodemailer: '6.10.1', types: '6.4.24' },
  { typescript: '5.9.3', resolution: 'nodenext', format: 'cjs', nodemailer: '8.0.11', types: '8.0.2' },
  { typescript: '6.0.3', resolution: 'node10', format: 'esm', nodemailer: '9.1.1', types: '8.0.2' },
  { typescript: '6.0.3', resolution: 'bundler', format: 'cjs', nodemailer: '7.0.13', types: '7.0.12' },
  { typescript: '6.0.3', resolution: 'nodenext', format: 'esm', nodemailer: '10.0.16' },
  { typescript: '7.0.2', resolution: 'node16', format: 'cjs', nodemailer: '10.6.1' },
  { typescript: '7.0.2', resolution: 'nodenext', format: 'esm', nodemailer: '9.1.1', types: '8.0.2' },
  { typescript: '7.0.2', resolution: 'bundler', format: 'esm', nodemailer: '6.10.1', types: '6.4.24' },
]

export const cells: readonly Cell[] = combinations.map((combination) => ({
  name: nameOf(combination),
  short: true,
  packages: {
    typescript: combination.typescript,
    '@types/node': combination.typescript.startsWith('5.4') ? '20.12.14' : '24.19.2',
    nodemailer: combination.nodemailer,
    ...(combination.types && { '@types/nodemailer': combination.types }),
  },
  async run(place) {
    await place.write(
      'package.json',
      JSON.stringify({ type: combination.format === 'esm' ? 'module' : 'commonjs' }),
    )
    await place.write('tsconfig.json', JSON.stringify(configOf(combination)))
    await place.write('app.ts', program(combination))
    await place.shell('tsc -p .')
    return 'no error'
  },
}))

function nameOf({ typescript, resolution, format, nodemailer, types }: Combination): string {
  const typed = types === undefined ? '' : ` with @types ${types}`
  return `types: TypeScript ${typescript}, ${resolution}, ${format}, Nodemailer ${nodemailer}${typed}`
}
