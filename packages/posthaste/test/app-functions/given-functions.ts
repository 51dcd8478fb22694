import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))
const entries = ['src/index.ts', 'src/testing/index.ts'].map((file) => root + file)

/** Drivers and ORMs of the app, whose answers are a database's, and what the queue itself gave. */
const drivers = ['tx']
const beside = ['OpenTransaction', 'MailQueue', 'Prepared']

/**
 * Every function that an app may hand in, found in the types of what public functions take: `SmtpOptions.auth.provisionCallback`. Types that are
 * declared elsewhere (streams, sockets) are named as the field that takes them.
 */
export function givenFunctions(): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(entries, { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const finder: Finder = { checker, found: new Set(), seen: new Set() }
  for (const entry of entries) {
    const source = program.getSourceFile(entry)
    const symbol = source && checker.getSymbolAtLocation(source)
    for (const exported of symbol ? checker.getExportsOfModule(symbol) : []) callsOf(finder, exported)
  }
  return [...finder.found].sort()
}

interface Finder {
  readonly checker: ts.TypeChecker
  readonly found: Set<string>
  readonly seen: Set<ts.Type>
}

/** The parameters of an exported function, or of the methods of what it gives. */
function callsOf(finder: Finder, exported: ts.Symbol): void {
  const { checker } = finder
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const at = symbol.valueDeclaration
  if (!at || !ts.isFunctionDeclaration(at)) return
  for (const signature of checker.getTypeOfSymbol(symbol).getCallSignatures()) {
    parametersOf(finder, signature, symbol.name)
    methodsOf(finder, signature.getReturnType(), new Set())
  }
}

function methodsOf(finder: Finder, type: ts.Type, seen: Set<ts.Type>): void {
  if (seen.has(type) || !isOurs(type) || !(type.flags & ts.TypeFlags.Object)) return
  seen.add(type)
  for (const property of type.getProperties().filter(isPublic)) {
    const own = finder.checker.getTypeOfSymbol(property)
    const signatures = own.getCallSignatures()
    if (signatures.length === 0) methodsOf(finder, own, seen)
    for (const signature of signatures) {
      parametersOf(finder, signature, `${nameOf(type)}.${property.name}`)
      methodsOf(
        finder,
        finder.checker.getAwaitedType(signature.getReturnType()) ?? signature.getReturnType(),
        seen,
      )
    }
  }
}

function parametersOf(finder: Finder, signature: ts.Signature, name: string): void {
  for (const parameter of signature.getParameters().filter((one) => !drivers.includes(one.name)))
    walk(finder, finder.checker.getTypeOfSymbol(parameter), `${name}(${parameter.name})`)
}

/** Private names are declared, too. */
function isPublic({ name, valueDeclaration }: ts.Symbol): boolean {
  return (
    !name.startsWith('#') &&
    !(
      valueDeclaration && ts.getJSDocTags(valueDeclaration).some(({ tagName }) => tagName.text === 'internal')
    )
  )
}

function walk(finder: Finder, type: ts.Type, path: string): void {
  if (type.isUnion()) {
    for (const one of type.types) walk(finder, one, path)
    return
  }
  if (beside.includes(nameOf(type))) return
  if (type.getCallSignatures().length > 0) finder.found.add(path)
  else if (isForeign(type)) finder.found.add(`${path}: ${nameOf(type)}`)
  else fieldsOf(finder, type, path)
}

function fieldsOf(finder: Finder, type: ts.Type, path: string): void {
  const { checker, seen } = finder
  if (!(type.flags & ts.TypeFlags.Object || type.isIntersection()) || seen.has(type)) return
  seen.add(type)
  for (const kind of [ts.IndexKind.Number, ts.IndexKind.String]) {
    const element = checker.getIndexTypeOfType(type, kind)
    if (element) walk(finder, element, path)
  }
  if (checker.isArrayType(type) || !isOurs(type)) return
  const name = nameOf(type)
  const at = name.startsWith('__') ? path : name
  for (const property of type.getProperties().filter(isPublic))
    walk(finder, checker.getTypeOfSymbol(property), `${at}.${property.name}`)
}

/** What runs code of the app, and is declared elsewhere. */
const running = ['ReadableStream', 'Readable', 'AbortSignal', 'Iterable', 'AsyncIterable', 'Promise']

function isForeign(type: ts.Type): boolean {
  return running.includes(nameOf(type))
}

function isOurs(type: ts.Type): boolean {
  const declarations = [...(type.aliasSymbol?.declarations ?? []), ...(type.symbol?.declarations ?? [])]
  return (
    type.isIntersection() ||
    declarations.some((one) => /packages\/posthaste\/src\/|nodemailer/.test(one.getSourceFile().fileName))
  )
}

function nameOf(type: ts.Type): string {
  return (type.aliasSymbol ?? type.symbol)?.name ?? '__'
}
