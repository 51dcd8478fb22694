module.exports = {
  testEnvironment: 'node',
  transform: {},
  // The one line that Posthaste needs: jest's own `require` cannot load ES modules.
  moduleNameMapper: { '^posthaste(/testing)?$': 'posthaste/testing/jest' },
}
