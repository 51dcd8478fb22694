// What `posthaste` and `posthaste/testing` export, loaded by Node itself: jest's own `require` cannot load ES modules, but with a flag on
// Node 24.9 and later. In its sandbox every way to load a module is jest's; a script that runs in Node's own context is the way out.
const { runInThisContext } = process.getBuiltinModule('node:vm')
const node: NodeJS.Process = runInThisContext('process')
const load = node.getBuiltinModule('node:module').createRequire(__filename)

module.exports = { ...load('posthaste'), ...load('posthaste/testing') }
