import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freshFolder, packageUrl, posthaste } from '../support/cli.ts'

const config = `import { createMailQueue } from '${packageUrl}'
export default createMailQueue({ database: 'sqlite:' + import.meta.dirname + '/own.db' })\n`

async function project(): Promise<{ above: string; app: string; inside: string }> {
  const folder = await freshFolder()
  onTestFinished(() => folder.remove())
  const app = join(folder.path, 'app')
  const inside = join(app, 'src/deep')
  await mkdir(inside, { recursive: true })
  return { above: folder.path, app, inside }
}

describe('E7: a configuration is run only where it is the project’s own', () => {
  const name = 'posthaste.config.mjs'
  const status = (cwd: string, ...more: string[]) => posthaste(['status', ...more], { cwd })

  test('one above the nearest package.json is named and not run; --config takes it', async () => {
    const { above, app, inside } = await project()
    await writeFile(join(above, name), config)
    expect((await status(inside)).stderr).toContain(join(above, name))
    await writeFile(join(app, 'package.json'), '{}')
    const refused = await status(inside)
    expect(refused.stderr).toContain(join(above, name))
    expect(refused.stderr).toContain('--config')
    expect(refused.code).not.toBe(0)
    expect((await status(inside, '--config', join(above, name))).code).toBe(0)
  })

  test('one beside the nearest package.json is run from below', async () => {
    const { app, inside } = await project()
    await writeFile(join(app, 'package.json'), '{}')
    await writeFile(join(app, name), config)
    expect(await status(inside)).toMatchObject({ code: 0, stderr: '' })
  })

  test.each(['file', 'folder'])(
    'one whose %s everybody may write is refused; --config takes it',
    async (which) => {
      const { app, inside } = await project()
      await writeFile(join(app, 'package.json'), '{}')
      const file = join(app, name)
      await writeFile(file, config)
      await chmod(which === 'file' ? file : app, 0o777)
      const refused = await status(inside)
      expect(refused.stderr).toContain('may be written by every user')
      expect(refused.code).not.toBe(0)
      expect((await status(inside, '--config', file)).code).toBe(0)
    },
  )
})
