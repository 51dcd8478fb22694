import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cell, Place } from '../cell.ts'
import { firstMail } from '../steps.ts'

/** What a framework's own generator makes of an empty folder. */
interface Generated {
  readonly name: string
  /** The generator. */
  readonly packages: Readonly<Record<string, string>>
  /** Makes the project in the folder `shop`. */
  readonly command: string
  /** What is changed in its package.json before. */
  readonly manifest?: (generated: Manifest) => object
  /** How its build is tried besides. */
  readonly build?: string
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

const nest = { '@nestjs/schematics': '12.0.6', '@angular-devkit/schematics-cli': '22.2.7' }
const nestCommand = 'schematics @nestjs/schematics:application --name=shop --package-manager=npm --no-dry-run'
const babel =
  '{ "presets": ["@babel/preset-env"], "plugins": [["@babel/plugin-proposal-decorators", { "version": "legacy" }]] }'
const next = { 'create-next-app': '16.4.3' }
const nextCommand =
  'create-next-app shop --yes --app --empty --no-eslint --no-tailwind --use-npm --skip-install --disable-git'
const build = 'next build'

export const cells: readonly Cell[] = [
  cell({ name: 'Nest, TypeScript, module', packages: nest, command: `${nestCommand} --type=esm` }),
  cell({ name: 'Nest, TypeScript, commonjs', packages: nest, command: `${nestCommand} --type=cjs` }),
  cell({
    name: 'Nest, JavaScript',
    packages: nest,
    // As it is generated it does not start: its babel-node is broken, and its options are those of Babel 7.
    command: `${nestCommand} --language=js && echo '${babel}' > shop/.babelrc`,
    manifest: ({ devDependencies }) => ({ devDependencies: { ...devDependencies, '@babel/node': '8.0.6' } }),
  }),
  cell({ name: 'Next, TypeScript', packages: next, command: `${nextCommand} --ts --no-src-dir`, build }),
  cell({ name: 'Next, JavaScript, src/', packages: next, command: `${nextCommand} --js --src-dir`, build }),
  cell({
    name: 'Next, TypeScript, module, src/',
    packages: next,
    command: `${nextCommand} --ts --src-dir`,
    manifest: () => ({ type: 'module' }),
    build,
  }),
  cell({
    name: 'SvelteKit, TypeScript',
    packages: { sv: '0.17.1' },
    command: 'sv create shop --template minimal --types ts --no-add-ons --no-install',
    // Vite does not read PORT.
    manifest: ({ scripts }) => ({ scripts: { ...scripts, dev: 'vite dev --port $PORT' } }),
    build: 'svelte-kit sync && vite build',
  }),
  cell({
    name: 'Nuxt, TypeScript',
    packages: {},
    // Its own generator fetches a template from elsewhere than npm.
    command:
      "mkdir -p shop/app && echo '<template>A shop</template>' > shop/app/app.vue && echo '{}' > shop/package.json && echo '{}' > shop/tsconfig.json",
    manifest: (generated) => ({
      type: 'module',
      scripts: { dev: 'nuxt dev' },
      dependencies: { nuxt: '4.5.2', vue: '3.5.45', ...generated.dependencies },
    }),
    build: 'nuxt build',
  }),
]

function cell({ name, packages, command, manifest = () => ({}), build: built }: Generated): Cell {
  return {
    name: `init, ${name}`,
    packages,
    async run(place) {
      const { dependencies: own } = await readManifest(place)
      await place.shell(`${command} < /dev/null && rm -f package-lock.json && cp -R shop/. . && rm -r shop`)
      const generated = await readManifest(place)
      const dependencies = { ...generated.dependencies, posthaste: own?.posthaste ?? '' }
      const whole = { ...generated, dependencies }
      await place.write('package.json', `${JSON.stringify({ ...whole, ...manifest(whole) }, null, 2)}\n`)
      await place.shell('npm install --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error')
      const took = await firstMail(place, { byHand: (step) => nameController(place, step) })
      if (built !== undefined) await place.shell(built)
      return `first mail ${(took / 1_000).toFixed(1)} s after the call of init${built ? ', and it builds' : ''}`
    },
  }
}

async function readManifest(place: Place): Promise<Manifest> {
  return JSON.parse(await readFile(join(place.folder, 'package.json'), 'utf8'))
}

/** What init tells to do in an app of Nest. */
async function nameController(place: Place, step: string): Promise<void> {
  const [, statement] = /^(import \{ FirstMailController \} from '.*'), and name it/.exec(step) ?? []
  if (statement === undefined) throw new Error(`init wants something else done by hand: ${step}`)
  await place.shell(
    `sed -i -e '1i ${statement.replaceAll("'", "'\\''")}' -e 's/controllers: \\[/&FirstMailController, /' src/app.module.?s`,
  )
}
