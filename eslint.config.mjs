import tseslint from 'typescript-eslint'

/** The arrows of docs/architecture.md: which room may look into which. */
const rooms = ['domain', 'workflows', 'activities', 'adapters', 'db', 'worker', 'api', 'cli', 'bench']
const mayImport = {
  domain: [],
  db: ['domain'],
  adapters: ['domain', 'db'],
  activities: ['domain', 'db', 'adapters'],
  // Activities as types alone: `import type`.
  workflows: ['domain'],
  api: ['domain', 'db', 'workflows'],
  worker: ['domain', 'db', 'adapters', 'activities', 'workflows', 'api'],
  cli: ['domain', 'db', 'adapters', 'workflows', 'api', 'worker'],
  bench: rooms,
}

const arrows = Object.entries(mayImport).map(([room, allowed]) => ({
  files: [`${room}/**/*.ts`, `${room}/**/*.tsx`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: rooms
          .filter(other => other !== room && !allowed.includes(other))
          .map(other => ({
            regex: `^(\\.\\./)+${other}/`,
            message: `${room} may not look into ${other}`,
            allowTypeImports: room === 'workflows' && other === 'activities',
          })),
      },
    ],
  },
}))

export default tseslint.config(
  { ignores: ['node_modules', '.leadline', 'coverage', '**/*.mjs'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  ...arrows,
  {
    // A test reads answers off the wire; what is wrong in them it finds by comparing.
    files: ['test/**/*.ts', 'test/**/*.tsx'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['config.ts', 'test/**', 'bench/**', 'vitest.config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'config.ts reads the environment' },
      ],
    },
  },
)
