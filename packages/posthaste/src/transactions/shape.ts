/** Depends on shapes, not on packages: are these names there? */
export function has<Name extends string>(value: object, ...names: Name[]): value is Record<Name, unknown> {
  return names.every((name) => name in value)
}
