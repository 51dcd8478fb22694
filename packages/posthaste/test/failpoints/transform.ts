import ts from 'typescript'

/** A place in the source at which the process can be made to die. */
export interface Place {
  /** Within `src`. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** Its index. */
  readonly number: number
  readonly kind: 'await' | 'for await' | 'yield' | 'callback'
}

/** Their callbacks run at once, within the call: nothing can happen before them that did not happen before the call. */
const atOnce =
  /^(map|flatMap|filter|find|findLast|findIndex|some|every|reduce|forEach|sort|toSorted|from|groupBy|fromEntries|replace|replaceAll)$/

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
}

/**
 * Builds one module as the package is built, with one thing more: each `await`, each step of a loop over an asynchronous iterable, each `yield` and
 * each callback tells the global `failpoint` that it has been reached. The places found are added to `places`; their index is their number.
 */
export function instrument(file: string, source: string, places: Place[]): string {
  return ts.transpileModule(source, {
    fileName: file,
    compilerOptions,
    transformers: { before: [(context) => (root) => walk(root, { context, file, root, places })] },
  }).outputText
}

interface Walk {
  readonly context: ts.TransformationContext
  readonly file: string
  readonly root: ts.SourceFile
  readonly places: Place[]
}

function walk<T extends ts.Node>(node: T, way: Walk): T {
  const visit = (child: ts.Node): ts.Node => {
    const inner = ts.visitEachChild(child, visit, way.context)
    if (ts.isAwaitExpression(inner)) return awaiting(inner, place(child, 'await', way))
    if (ts.isForOfStatement(inner) && inner.awaitModifier)
      return looping(inner, place(child, 'for await', way))
    if (ts.isYieldExpression(inner)) return yielding(inner, () => place(child, 'yield', way))
    if (ts.isCallExpression(inner) || ts.isNewExpression(inner))
      return calling(inner, (callback) => place(callback, 'callback', way))
    return inner
  }
  return ts.visitEachChild(node, visit, way.context)
}

function place(node: ts.Node, kind: Place['kind'], { file, root, places }: Walk): ts.Expression {
  const { line, character } = root.getLineAndCharacterOfPosition(ts.getOriginalNode(node).getStart(root))
  places.push({ file, line: line + 1, column: character + 1, number: places.length, kind })
  return ts.factory.createNumericLiteral(places.length - 1)
}

/** `failpoint.after(1, await failpoint.begun(1, (failpoint.before(1), x)))` */
function awaiting({ expression }: ts.AwaitExpression, number: ts.Expression): ts.Expression {
  const f = ts.factory
  const first = f.createParenthesizedExpression(f.createComma(tell('before', number), expression))
  return tell('after', number, f.createAwaitExpression(tell('begun', number, first)))
}

function looping(loop: ts.ForOfStatement, number: ts.Expression): ts.Node {
  return ts.factory.updateForOfStatement(
    loop,
    loop.awaitModifier,
    loop.initializer,
    tell('each', number, loop.expression),
    loop.statement,
  )
}

/** What `yield*` gives is told by who makes it. */
function yielding(node: ts.YieldExpression, number: () => ts.Expression): ts.Expression {
  if (node.asteriskToken || !node.expression) return node
  const one = number()
  return tell('after', one, ts.factory.createYieldExpression(undefined, tell('leave', one, node.expression)))
}

function calling(
  call: ts.CallExpression | ts.NewExpression,
  number: (callback: ts.Node) => ts.Expression,
): ts.Node {
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : ''
  if (atOnce.test(name)) return call
  const given = call.arguments?.map((one) => (ts.isArrowFunction(one) ? entering(one, number(one)) : one))
  if (!given) return call
  return ts.isCallExpression(call)
    ? ts.factory.updateCallExpression(call, call.expression, call.typeArguments, given)
    : ts.factory.updateNewExpression(call, call.expression, call.typeArguments, given)
}

function entering(callback: ts.ArrowFunction, number: ts.Expression): ts.ArrowFunction {
  const f = ts.factory
  const { body } = callback
  const entered = tell('enter', number)
  const told = ts.isBlock(body)
    ? f.updateBlock(body, [f.createExpressionStatement(entered), ...body.statements])
    : f.createParenthesizedExpression(f.createComma(entered, body))
  return f.updateArrowFunction(
    callback,
    callback.modifiers,
    callback.typeParameters,
    callback.parameters,
    callback.type,
    callback.equalsGreaterThanToken,
    told,
  )
}

function tell(what: string, ...args: ts.Expression[]): ts.Expression {
  const f = ts.factory
  const callee = f.createPropertyAccessExpression(f.createIdentifier('failpoint'), what)
  return f.createCallExpression(callee, undefined, args)
}
