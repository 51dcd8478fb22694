// What `posthaste` and `posthaste/testing` export, loaded by Node itself: jest's own `require` cannot load ES modules before Node 24.9, and
// `process` is the one way out of its module registry.
const load = process.getBuiltinModule('node:module').createRequire(__filename)

module.exports = { ...load('posthaste'), ...load('posthaste/testing') }
