/** The least minor version of each major one that `engines` names; from the last one on, all will do. */
const least: Readonly<Record<string, number>> = { 22: 18, 24: 11 }
const all = 26

/**
 * What is wrong with the Node that runs this; undefined where it will do. Bun and Deno say what Node they stand for, and are not asked. This file and
 * those that it imports must parse on Node 18: what stands in the others does not.
 */
export function oldNode(versions: Readonly<Record<string, string | undefined>>): string | undefined {
  const { node = '', bun, deno } = versions
  if (bun !== undefined || deno !== undefined || isSupported(node)) return undefined
  const [first, second] = Object.entries(least).map(([major, minor]) => `${major}.${minor}`)
  return `posthaste needs Node.js ${first}, ${second}, ${all} or newer, and this is ${node}: install a newer one, or name it (PATH).`
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= all || minor >= (least[major] ?? Number.POSITIVE_INFINITY)
}
