import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runWithApt } from './apt.ts'

/** A program and its first arguments. */
export type Command = readonly [file: string, ...args: string[]]

/** What starts a MySQL server: an installed one, else one in a folder of its own, fetched once and kept. */
export async function mysqlProgram(): Promise<Command> {
  const found = (await installed()) ?? (await fetched())
  if (!found) throw new Error('no MySQL: install it, or set POSTHASTE_TEST_MYSQL_URL')
  return found
}

/** MariaDB has a `mysqld`, too. */
async function installed(): Promise<Command | undefined> {
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/bin']
  const file = places.map((place) => join(place, 'mysqld')).find((at) => existsSync(at))
  if (!file) return undefined
  const { stdout } = await promisify(execFile)(file, ['--version'])
  return stdout.includes('MariaDB') ? undefined : [file, '--no-defaults']
}

/** Debian has MySQL in its unstable release alone, so a root of that release is made beside the system. */
async function fetched(): Promise<Command | undefined> {
  const root = join(process.env.POSTHASTE_TEST_CACHE ?? '/var/cache/posthaste-tests', 'mysql')
  if (existsSync(root)) return inside(root)
  console.warn(`[databases] fetching MySQL into ${root}, once`)
  return (await runWithApt(fetching, root)) ? inside(root) : undefined
}

/** The mirror is the one that apt uses. The packages are unpacked, and no script of theirs is run. A folder that was left half made goes first. */
const fetching = `
  root=$1
  test ! -e "$root" || exit 0
  command -v debootstrap || { apt-get update; apt-get install -y --no-install-recommends debootstrap; }
  mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Component: main'; }
  test -n "$(mirror)" || apt-get update
  rm -rf "$root.part"
  mkdir -p "$root.part"
  debootstrap --foreign --variant=minbase --include=mysql-server-core sid "$root.part" "$(mirror | head -n 1)"
  for package in "$root.part"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$root.part"; done
  rm -rf "$root.part/var"
  chmod 755 "$(dirname "$root")" "$root.part"
  mv "$root.part" "$root"`

/** With the loader and the libraries of its own release it needs no chroot, so any user may run it, on files anywhere. */
function inside(root: string): Command {
  const { loader, libraries } = process.arch === 'arm64' ? arm64 : x64
  const usr = join(root, 'usr')
  return [
    join(root, loader),
    '--library-path',
    join(usr, 'lib', libraries),
    join(usr, 'sbin', 'mysqld'),
    '--no-defaults',
    `--basedir=${usr}`,
    `--lc-messages-dir=${join(usr, 'share', 'mysql')}`,
    `--character-sets-dir=${join(usr, 'share', 'mysql', 'charsets')}`,
    `--plugin-dir=${join(usr, 'lib', 'mysql', 'plugin')}`,
  ]
}

const x64 = { loader: 'lib64/ld-linux-x86-64.so.2', libraries: 'x86_64-linux-gnu' }
const arm64 = { loader: 'lib/ld-linux-aarch64.so.1', libraries: 'aarch64-linux-gnu' }
