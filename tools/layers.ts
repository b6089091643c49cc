/**
 * Who may import whom: the one table, from the bottom to the top.
 *
 * Imports point downward only. `check-layers.ts` reads it; change it here, and the architecture has
 * changed.
 */
export interface Layer {
  /**
   * Folder under `src/`. Behind `/*`, every folder is a layer of its own and its neighbours are
   * strangers.
   */
  readonly folder: string
  /** What it may import of the other layers, as globs under `src/`. */
  readonly may: readonly string[]
  /** What it may import as types only. */
  readonly mayTypes?: readonly string[]
  /** True when Node's modules and packages may be used; pure layers have neither. */
  readonly usesPlatform: boolean
}

const pure = { usesPlatform: false } as const
const platform = { usesPlatform: true } as const

/** What those who make files build upon. */
const core = ['base', 'protocol', 'inventory', 'routing', 'observe']

/** The server is the one place where parts are joined. */
const belowServer = [
  ...core,
  'transport',
  'yaml',
  'identity',
  'store',
  'rendition',
  'sources',
  'fronts',
  'config',
  'api',
  'console',
]

/** Every folder of `src/`; a file elsewhere belongs to no layer and is reported. */
export const layers: readonly Layer[] = [
  { folder: 'base', may: [], ...pure },
  { folder: 'protocol/*', may: ['base'], ...pure },
  { folder: 'inventory', may: ['base'], ...pure },
  { folder: 'routing', may: ['base', 'inventory'], ...pure },
  { folder: 'observe', may: ['base'], ...platform },
  { folder: 'yaml', may: ['base'], ...platform },
  { folder: 'transport', may: ['base'], ...platform },
  { folder: 'identity', may: ['base', 'inventory', 'observe'], ...platform },
  { folder: 'store', may: ['base', 'inventory', 'observe', 'yaml'], ...platform },
  { folder: 'rendition', may: core, ...platform },
  { folder: 'sources/*', may: core, ...platform },
  { folder: 'fronts/*', may: ['base', 'protocol', 'routing', 'observe'], ...platform },
  {
    folder: 'config',
    may: ['base', 'protocol', 'inventory', 'routing', 'yaml', 'sources/*/options.ts'],
    ...platform,
  },
  {
    folder: 'kits',
    may: ['base', 'protocol/tftp', 'inventory', 'yaml', 'store', 'config'],
    ...platform,
  },
  { folder: 'import-map', may: ['base', 'sources/rewrite/options.ts'], ...platform },
  { folder: 'api', may: ['base', 'inventory', 'routing', 'observe', 'store'], ...platform },
  { folder: 'console', may: ['base'], mayTypes: ['api'], ...platform },
  {
    folder: 'server',
    may: belowServer,
    ...platform,
  },
  {
    folder: 'cli',
    may: [
      'base',
      'protocol/tftp',
      'inventory',
      'observe',
      'yaml',
      'store',
      'config',
      'kits',
      'import-map',
      'server',
    ],
    mayTypes: ['observe'],
    ...platform,
  },
  { folder: 'index.ts', may: [...belowServer, 'server'], ...platform },
  { folder: 'testing', may: ['*'], ...platform },
]

/** Files that may do nothing but pass on what others export. */
export const barrels: readonly string[] = [
  'index.ts',
  'protocol/tftp/index.ts',
  'sources/*/index.ts',
]
