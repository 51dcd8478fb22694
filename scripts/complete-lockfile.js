// Adds the optional packages of other platforms that package-lock.json lacks, for a registry that does not carry them
// makes npm leave them out, and then `npm ci` of npm 11 calls the file out of sync. Run it after every `npm install`.
import { readFile, writeFile } from 'node:fs/promises'

const file = new URL(process.argv[2] ?? 'package-lock.json', new URL('..', import.meta.url))
const lock = JSON.parse(await readFile(file, 'utf8'))
const added = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(path, name))
    .map(([name, range]) => [`node_modules/${name}`, standIn(name, range, entry)]),
)
const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(added) })
lock.packages = Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, 'en')))
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added.length} added`)

function isLocked(path, name) {
  const folders = path.split('/node_modules/')
  const places = folders.map(
    (_, depth) => `${folders.slice(0, depth + 1).join('/node_modules/')}/node_modules/${name}`,
  )
  return [`node_modules/${name}`, ...places].some((place) => place in lock.packages)
}

/** What npm would have written, but for the checksum: the names say for which platform a package is. */
function standIn(name, range, { dev }) {
  const [os] = name.match(/android|darwin|freebsd|linux|openharmony|win32|wasm32/) ?? []
  const [cpu] = name.match(/arm64|x64|ia32|ppc64|riscv64|s390x|wasm32|arm/) ?? []
  const [libc] = name.match(/musl/) ?? (os === 'linux' ? ['glibc'] : [])
  return {
    version: range.replace(/^[^0-9]+/, ''),
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev }),
    ...(libc && { libc: [libc] }),
    optional: true,
    ...(os && { os: [os] }),
  }
}
