import { readFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

/** A compiler takes JSON without `with { type: 'json' }`, and its keys as names. */
export function isBareJson(url: string, context: nodeModule.LoadHookContext): boolean {
  return url.endsWith('.json') && !isRequired(context) && context.importAttributes?.type === undefined
}

/** In some versions of Node the conditions are a set. */
export function isRequired({ conditions }: { readonly conditions: Iterable<string> }): boolean {
  return new Set(conditions).has('require')
}

export function loadJson(url: string) {
  const text = readFileSync(fileURLToPath(url), 'utf8').trim()
  return moduleOf(text, JSON.parse(text))
}

/** CommonJS that is imported beside such hooks can require no ES module on Node 22 and 24.11, and goes past the hooks on Node 26. What is required does neither. */
export function isCommonjs(
  { format, source }: nodeModule.LoadFnOutput,
  context: nodeModule.LoadHookContext,
): boolean {
  return format === 'commonjs' && !isRequired(context) && !hasModuleSyntax(String(source))
}

export function loadRequired(url: string) {
  const file = fileURLToPath(url)
  const require = `process.getBuiltinModule('node:module').createRequire(${JSON.stringify(url)})`
  return moduleOf(`${require}(${JSON.stringify(file)})`, nodeModule.createRequire(url)(file))
}

export function hasModuleSyntax(source: string): boolean {
  return /^\s*(?:import\s*(?:[\w{*'"]|type\b)(?!.*=\s*require\s*\()|(?:@.*\s)?export\s+(?!=))/m.test(source)
}

/** A module that exports this value, and what it has under names. */
function moduleOf(code: string, value: unknown) {
  const names = Object.keys(Object(value)).filter((key) => /^(?!default$)[a-z_$][\w$]*$/i.test(key))
  const exported = names.map((name, n) => `const name${n} = value.${name}\nexport { name${n} as ${name} }`)
  return {
    format: 'module' as const,
    source: [`const value = ${code}`, 'export default value', ...exported].join('\n'),
    shortCircuit: true,
  }
}
