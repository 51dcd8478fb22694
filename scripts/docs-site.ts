import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { deadLinks } from './dead-links.ts'

// `npm run docs:site`: the documentation as a site, in docs/.vitepress/dist. VitePress knows pages that are missing; anchors it does not look at.
const docs = fileURLToPath(new URL('../docs', import.meta.url))
await build(docs)
const dead = deadLinks(join(docs, '.vitepress/dist'))
for (const link of dead) console.error(`dead link: ${link}`)
console.log(`docs/.vitepress/dist: ${dead.length} dead links`)
process.exitCode = dead.length === 0 ? 0 : 1
