import { availableParallelism } from 'node:os';

/** Nest 12 is ESM only, so Jest runs ES modules (`--experimental-vm-modules`, on the command line of the npm scripts). */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/libs/.*/dist', '<rootDir>/fixtures'],
};

/** @type {import('jest').Config} */
export default {
  // Most tests wait for processes, not for a processor.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  // For a slow machine under load; no test waits for time to pass.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{libs,apps}/*/src/**/*.spec.ts',
        '<rootDir>/reliability/*/**/*.spec.ts',
        '<rootDir>/test/architecture/*.spec.ts',
      ],
    },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'recipes',
      testMatch: ['<rootDir>/test/recipes/*.spec.ts'],
      // A recipe imports the library as its reader does; here that is the source, not what was built last.
      moduleNameMapper: {
        ...shared.moduleNameMapper,
        '^nestjs-hot-config$': '<rootDir>/libs/hot-config/src/index.ts',
        '^nestjs-hot-config/testing$': '<rootDir>/libs/hot-config/src/testing/index.ts',
      },
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/{e2e,faults}/**/*.spec.ts'] },
  ],
};
