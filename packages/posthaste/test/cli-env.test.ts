import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { posthaste } from './support/cli.ts'
import { esm, useProject } from './support/project.ts'

const { project, status, databases, path } = useProject()

describe('.env files', () => {
  const url = (name: string) => `DATABASE_URL=sqlite:${name}.db\n`

  test.each([
    [undefined, 'local'],
    ['development', 'development-local'],
    ['production', 'local'],
    ['test', 'test'],
  ])('are read in the order of Next and Vite, where NODE_ENV is %s', async (mode, expected) => {
    await project({
      'package.json': {},
      '.env': url('plain'),
      '.env.local': url('local'),
      '.env.development.local': url('development-local'),
      '.env.production': url('production'),
      '.env.test': url('test'),
    })
    expect((await status(mode ? { env: { NODE_ENV: mode } } : {})).code).toBe(0)
    expect(await databases()).toEqual([`${expected}.db`])
  })

  test('never change what the environment has, also from a folder below', async () => {
    await project({ 'package.json': {}, '.env': url('file'), 'src/deep/x.ts': '' })
    const cwd = join(path(), 'src/deep')
    await status({ cwd, env: { DATABASE_URL: 'sqlite:environment.db' } })
    expect(await databases()).toEqual(['environment.db'])
    await status({ cwd })
    expect(await databases()).toEqual(['environment.db', 'file.db'])
  })

  test('are left alone where --env-file names another', async () => {
    await project({ 'package.json': {}, '.env.local': url('local'), 'mail.env': url('named') })
    await status({}, '--env-file', 'mail.env')
    expect(await databases()).toEqual(['named.db'])
  })

  test('are there when the configuration is run', async () => {
    await project({
      'package.json': { type: 'module' },
      '.env': url('own'),
      'posthaste.config.ts': `${esm}export default createMailQueue({ database: process.env.DATABASE_URL })\n`,
    })
    expect((await status()).code).toBe(0)
    expect(await databases()).toEqual(['own.db'])
  })

  test('put variables into values where the framework does, and nowhere else', async () => {
    const env = 'NAME=a$b\nDATABASE_URL=sqlite:$' + '{NAME:-x}-\\$c.db\n'
    await project({ 'package.json': { dependencies: { express: '5' } }, '.env': env })
    await status()
    expect(await databases()).toEqual(['$' + '{NAME:-x}-\\$c.db'])
    await project({ 'package.json': { dependencies: { next: '16' } } })
    await status({ env: { b: 'B' } })
    expect(await databases()).toContain('aB-$c.db')
  })

  test('that everybody may write are not read', async () => {
    await project({ 'package.json': {}, '.env': url('anybody') })
    await chmod(join(path(), '.env'), 0o666)
    expect((await status()).stderr).toContain('PH_NO_DATABASE')
  })
})

describe('D7: a relative SQLite file', () => {
  test.each(['sqlite:dev.db', 'file:./dev.db'])(
    '%s is beside the nearest package.json, wherever it is called',
    async (url) => {
      await project({ 'package.json': {}, 'src/deep/x.ts': '' })
      const env = { DATABASE_URL: url }
      for (const cwd of [path(), join(path(), 'src/deep')]) {
        const { stdout } = await posthaste(['doctor'], { cwd, env })
        expect(stdout).toContain(join(path(), 'dev.db'))
      }
      expect(await databases()).toEqual(['dev.db'])
    },
  )

  test('of a configuration that --config names is beside the package.json of that', async () => {
    await project({
      'package.json': {},
      'apps/shop/package.json': { type: 'module' },
      'apps/shop/posthaste.config.ts': `${esm}export default createMailQueue({ database: 'file:./dev.db' })\n`,
    })
    expect((await status({}, '--config', 'apps/shop/posthaste.config.ts')).code).toBe(0)
    expect(await databases()).toEqual([join('apps/shop', 'dev.db')])
  })

  test('without a package.json it is in the current folder, and :memory: is no file', async () => {
    await status({ env: { DATABASE_URL: 'sqlite:dev.db' } })
    await status({ env: { DATABASE_URL: 'sqlite::memory:' } })
    expect(await databases()).toEqual(['dev.db'])
  })
})
