import { describe, expect, test } from 'vitest'
import { cjs, esm, useProject } from './support/project.ts'

const { project, status, databases, path } = useProject()

describe('a configuration is found and run', () => {
  test.each([
    [
      'in TypeScript whose imports end in .js, as a compiler wants them',
      {
        'package.json': { type: 'module' },
        'posthaste.config.ts': `${esm}import { url } from './src/database.js'\nexport default createMailQueue({ database: url })\n`,
        'src/database.ts': `import { name } from './names/index.mjs'\nexport const url: string = \`sqlite:\${name}.db\`\n`,
        'src/names/index.mts': "export const name = 'own' as const\n",
      },
    ],
    [
      'in TypeScript without endings, as a bundler takes it, with folders that have an index',
      {
        'package.json': {},
        'posthaste.config.ts': `${esm}import { url } from './src/database'\nexport const mail = createMailQueue({ database: url })\n`,
        'src/database/index.ts': "export const url = 'sqlite:own.db'\n",
      },
    ],
    [
      'with paths of tsconfig.json, its comments, its final commas and what it extends',
      {
        'package.json': { type: 'module' },
        'tsconfig.base.json':
          '{\n  // names of our own\n  "compilerOptions": { "paths": { "@/*": ["./src/*"], "~db": ["src/database.ts"], }, },\n}\n',
        'tsconfig.json': { extends: './tsconfig.base.json', compilerOptions: { strict: true } },
        'posthaste.config.ts': `${esm}import { url } from '@/url'\nexport default createMailQueue({ database: url })\n`,
        'src/url.ts': "export { url } from '~db'\n",
        'src/database.ts': "export const url = 'sqlite:own.db'\n",
      },
    ],
    [
      'with names from the baseUrl of tsconfig.json, whose paths are in what it extends',
      {
        'package.json': { type: 'module' },
        'config/tsconfig.json': { compilerOptions: { paths: { '~db': ['lib/database.ts'] } } },
        'tsconfig.json': { extends: './config', compilerOptions: { baseUrl: './src' } },
        'src/posthaste.config.ts': `${esm}import { url } from 'lib/url'\nexport default createMailQueue({ database: url })\n`,
        'src/lib/url.ts': "export { url } from '~db'\n",
        'src/lib/database.ts': "export const url = 'sqlite:own.db'\n",
      },
    ],
    [
      'with paths of the projects that tsconfig.json refers to',
      {
        'package.json': { type: 'module' },
        'tsconfig.json': { files: [], references: [{ path: './tsconfig.app.json' }, { path: 'server' }] },
        'tsconfig.app.json': { compilerOptions: { paths: { '@/*': ['./src/*'] } } },
        'server/tsconfig.json': { compilerOptions: { paths: { '~/*': ['./lib/*'] } } },
        'posthaste.config.ts': `${esm}import { url } from '@/url'\nexport default createMailQueue({ database: url })\n`,
        'src/url.ts': "export { url } from '~/database'\n",
        'server/lib/database.ts': "export const url = 'sqlite:own.db'\n",
      },
    ],
    [
      'with JSON, imported whole and by the names in it',
      {
        'package.json': { type: 'module' },
        'posthaste.config.ts': `${esm}import settings, { name, default as same } from './settings.json'
        import * as all from './settings.json'
        export default createMailQueue({ database: settings.scheme + same.colon + name + all.default['the-end'] })\n`,
        'settings.json': {
          scheme: 'sqlite',
          colon: ':',
          name: 'own',
          'the-end': '.db',
          class: 'reserved',
          default: 'taken',
        },
      },
    ],
    [
      'in TypeScript with imports, of a project that says it is CommonJS',
      {
        'package.json': { type: 'commonjs' },
        'posthaste.config.ts': `${esm}import { join } from 'node:path'\nimport { name } from './src/name'
        export const mail = createMailQueue({ database: 'sqlite:' + join(__dirname, name) })\n`,
        'src/name.ts': "export const name: string = 'own.db'\n",
      },
    ],
    [
      'in TypeScript with require and exports',
      {
        'package.json': {},
        'posthaste.config.cts': `${cjs}const { name }: { name: string } = require('./src/name')
        module.exports = { mail: createMailQueue({ database: 'sqlite:' + name }) }\n`,
        'src/name.ts': "module.exports = { name: 'own.db' as string }\n",
      },
    ],
    [
      'in CommonJS',
      {
        'package.json': { type: 'module' },
        'posthaste.config.cjs': `${cjs}module.exports = createMailQueue({ database: 'sqlite:own.db' })\n`,
      },
    ],
    [
      'in TypeScript that imports CommonJS, which requires the package',
      {
        'package.json': { type: 'module' },
        'posthaste.config.ts': `import { mail } from './mail.cjs'\nimport same from './mail.cjs'
        if (same.mail !== mail) throw new Error('it was run twice')\nexport default mail\n`,
        'mail.cjs': `${cjs}module.exports = { mail: createMailQueue({ database: 'sqlite:own.db' }) }\n`,
      },
    ],
    [
      'in src/',
      {
        'package.json': { type: 'module' },
        'src/posthaste.config.ts': `${esm}export default createMailQueue({ database: 'sqlite:own.db' })\n`,
      },
    ],
    [
      'as a build has left it: CommonJS made of `export default`',
      {
        'package.json': {},
        'dist/posthaste.config.js': `"use strict"\nObject.defineProperty(exports, '__esModule', { value: true })
        ${cjs}exports.default = createMailQueue({ database: 'sqlite:own.db' })\n`,
      },
    ],
    [
      'from src/ rather than from what an older build has left',
      {
        'package.json': { type: 'module' },
        'src/posthaste.config.ts': `${esm}export default createMailQueue({ database: 'sqlite:own.db' })\n`,
        'dist/posthaste.config.js': 'throw new Error("not this one")\n',
      },
    ],
  ] as const)('%s', async (_what, files) => {
    await project(files)
    expect(await status()).toMatchObject({ code: 0, stderr: '' })
    expect(await databases()).toEqual(['own.db'])
  })
})

const enums = {
  'package.json': { type: 'module' },
  'posthaste.config.ts': `${esm}import { Settings, Stream } from './settings.ts'
        export default createMailQueue({ database: new Settings('own').url, streams: { [Stream.News]: {} } })\n`,
  'settings.ts': `export enum Stream { News = 'news' }
        namespace Names { export const ending = '.db' }
        export class Settings {
          constructor(private readonly name: string) {}
          get url(): string { return 'sqlite:' + this.name + Names.ending }
        }\n`,
}

// Node 26 translates nothing.
test.skipIf(process.versions.node.startsWith('26.'))(
  'a configuration with enums, parameter properties and namespaces is run',
  async () => {
    await project(enums)
    expect(await status()).toMatchObject({ code: 0, stderr: '' })
    expect(await databases()).toEqual(['own.db'])
  },
)

describe('a configuration that Node cannot run', () => {
  const jsx = {
    'package.json': { type: 'module' },
    'posthaste.config.ts': `${esm}import { Hello } from './hello.tsx'\nexport default createMailQueue({ database: 'sqlite:own.db', defaults: { from: Hello } })\n`,
    'hello.tsx': 'export const Hello = <b>hello</b>\n',
  }

  test('says why, by the error of who imported it, and what to do', async () => {
    await project(jsx)
    const { code, stderr } = await status()
    expect(code).toBe(1)
    expect(stderr).toMatch(/posthaste\.config\.ts cannot be loaded: .*\.tsx/)
    for (const text of ['--config dist/', '--import tsx', '[PH_CONFIG_FILE]']) expect(stderr).toContain(text)
    expect(stderr).not.toContain('    at ')
  })

  test('names what a build has made of it, if there is such', async () => {
    await project({
      ...jsx,
      'build/posthaste.config.js': `${esm}export default createMailQueue({ database: 'sqlite:own.db' })\n`,
    })
    expect((await status()).stderr).toContain('--config build/posthaste.config.js')
    expect(await status({}, '--config', 'build/posthaste.config.js')).toMatchObject({ code: 0, stderr: '' })
  })

  test('says where a syntax error stands, in the words of the importer', async () => {
    await project({
      'package.json': { type: 'module' },
      'posthaste.config.ts': `${esm}\nexport default create MailQueue()\n`,
    })
    const { stderr } = await status()
    expect(stderr).toMatch(/posthaste\.config\.ts:3\b|posthaste\.config\.ts.*Expected/)
  })

  test('names the line of a decorator, of which Node says only that a token is unexpected', async () => {
    await project({
      'package.json': { type: 'module' },
      'posthaste.config.ts': `${esm}import { Shop } from './shop'\nexport default createMailQueue({ database: new Shop().url })\n`,
      'shop.ts':
        "import type { Url } from './url.ts'\n\n@Entity({ name: 'shop' })\nexport class Shop { url: Url = 'sqlite:own.db' }\n",
    })
    const { stderr } = await status()
    expect(stderr).toContain(`(a decorator: ${path()}/shop.ts:3)`)
    expect(stderr).toContain('--import tsx')
  })

  test('an import that nobody finds is told as Node tells it', async () => {
    await project({ 'package.json': {}, 'posthaste.config.mjs': "import './gone.js'\n" })
    expect((await status()).stderr).toMatch(
      /Cannot find module .*gone\.js.* imported from .*posthaste\.config\.mjs/,
    )
  })

  test('is run by the module that --import names, of the project', async () => {
    const hooks = `import { registerHooks } from 'node:module'
      registerHooks({ load: (url, context, next) => url.endsWith('.tsx')
        ? { format: 'module', source: 'export const Hello = "shop@example.com"', shortCircuit: true } : next(url, context) })\n`
    await project({
      ...jsx,
      'node_modules/mytsx/package.json': { name: 'mytsx', type: 'module', exports: './index.js' },
      'node_modules/mytsx/index.js': hooks,
    })
    expect(await status({}, '--import', 'mytsx')).toMatchObject({ code: 0, stderr: '' })
    expect(await status({}, '--import', 'not-there')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not-there cannot be loaded (--import)'),
    })
  })

  test('what the configuration itself throws comes without advice about compilers', async () => {
    await project({ 'package.json': {}, 'posthaste.config.ts': "throw new Error('no such thing')\n" })
    const { stderr } = await status()
    expect(stderr).toContain('cannot be loaded: no such thing')
    expect(stderr).not.toContain('--import')
  })
})
