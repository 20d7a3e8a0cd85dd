import { HotConfigSetupError } from '../contract/index.js';
import { DEFAULT_BUCKET } from './options.js';
import { BucketNames } from './wire.js';

export interface AccessOptions {
  /** The keys that each service reads, by the service's name: `{ shop: ['shop', 'prices'] }`. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** Default: `configs` */
  readonly bucket?: string | undefined;
  /** Put before each key in the bucket, as in the options of the source. */
  readonly keyPrefix?: string | undefined;
}

/** What one user may do. Everything else is forbidden; `undefined`: nothing is. */
export interface UserAccess {
  readonly name: string;
  readonly publish: readonly string[] | undefined;
  readonly subscribe: readonly string[] | undefined;
}

/** A subject of the bucket's account that one other account may use. */
export interface SubjectExport {
  readonly kind: 'service' | 'stream';
  readonly subject: string;
  readonly account: string;
}

export interface SubjectImport {
  readonly kind: 'service' | 'stream';
  readonly subject: string;
  /** The subject in the importing account; the same when undefined. */
  readonly to: string | undefined;
}

/** One NATS account of the layout. */
export interface AccountAccess {
  readonly name: string;
  readonly hasJetStream: boolean;
  readonly users: readonly UserAccess[];
  readonly exports: readonly SubjectExport[];
  /** From the account of the bucket. */
  readonly imports: readonly SubjectImport[];
}

/** The account of the bucket, the loader and the operator. */
export const BUCKET_ACCOUNT = 'CONFIG';
/** The option `apiPrefix` of a service in an account of its own. */
export const SERVICE_API_PREFIX = `${BUCKET_ACCOUNT}.API`;

/**
 * The accounts, imports and users that keep services apart. NATS checks no permission for the reply subject of a request: a user
 * of the bucket's own account could have the server write its answers to any key. Across accounts an answer goes to the service's
 * own account only. So the bucket has an account, and each service has one with imports of exactly its keys.
 *
 * The user of a service may publish to its imports alone: a sibling in the same account could otherwise forge hints.
 *
 * @throws HotConfigSetupError for a name or key that cannot be part of a subject
 */
export function accountLayout({
  services,
  bucket = DEFAULT_BUCKET,
  keyPrefix = '',
}: AccessOptions): readonly AccountAccess[] {
  const names = new BucketNames(bucket, keyPrefix);
  const ofServices = Object.entries(services).map(([name, keys]) => serviceAccount(name, keys, names));
  const accounts = new Set(ofServices.map(({ name }) => name));
  if (accounts.size < ofServices.length || accounts.has(BUCKET_ACCOUNT))
    throw new HotConfigSetupError(
      `Two of the accounts ${[BUCKET_ACCOUNT, ...ofServices.map(({ name }) => name)].join(', ')} have the same name: give each service a name that differs in more than case and "-".`,
    );
  const exports = ofServices.flatMap(({ name, imports }) =>
    imports.map(({ kind, subject }) => ({ kind, subject, account: name })),
  );
  return [bucketAccount(names, exports), ...ofServices];
}

function bucketAccount(names: BucketNames, exports: readonly SubjectExport[]): AccountAccess {
  const { stream, allSubjects, republish } = names;
  const loader: UserAccess = {
    name: 'loader',
    publish: [
      allSubjects,
      `$JS.API.DIRECT.GET.${stream}.>`,
      ...['INFO', 'CREATE', 'UPDATE'].map((call) => `$JS.API.STREAM.${call}.${stream}`),
    ],
    subscribe: [republish.dest, '_INBOX.>'],
  };
  const operator: UserAccess = { name: 'operator', publish: undefined, subscribe: undefined };
  return { name: BUCKET_ACCOUNT, hasJetStream: true, users: [loader, operator], exports, imports: [] };
}

function serviceAccount(name: string, keys: readonly string[], names: BucketNames): AccountAccess {
  if (!/^[A-Za-z0-9_-]+$/.test(name))
    throw new HotConfigSetupError(
      `The service name ${JSON.stringify(name)} is invalid: use only letters, digits, "_" and "-".`,
    );
  const imports = keys.flatMap((key) => importsOf(key, names));
  const local = ({ subject, to = subject }: SubjectImport): string => to;
  const user: UserAccess = {
    name,
    publish: imports.filter(({ kind }) => kind === 'service').map(local),
    subscribe: [...imports.filter(({ kind }) => kind === 'stream').map(local), '_INBOX.>'],
  };
  const account = name.toUpperCase().replaceAll('-', '_');
  return { name: account, hasJetStream: false, users: [user], exports: [], imports };
}

/** Exactly what a service needs for one key: its direct get, and the hints. It cannot ask for the state of the whole bucket. */
function importsOf(key: string, names: BucketNames): readonly SubjectImport[] {
  const problem = names.keyProblem(key);
  if (problem)
    throw new HotConfigSetupError(`No service can read the key ${JSON.stringify(key)}: ${problem}.`);
  const call = `DIRECT.GET.${names.stream}.${names.subject(key)}`;
  const hints = names.republish.dest.replace('>', names.kvKey(key));
  return [
    { kind: 'service', subject: `$JS.API.${call}`, to: `${SERVICE_API_PREFIX}.${call}` },
    { kind: 'stream', subject: hints, to: undefined },
  ];
}

/**
 * The `accounts` block for the configuration file of nats-server. Passwords are read from the environment of the server:
 * `LOADER_PASSWORD` for the user `loader`.
 */
export function formatAccounts(accounts: readonly AccountAccess[]): string {
  return `accounts {\n${accounts.map(formatAccount).join('\n')}\n}\n`;
}

function formatAccount({ name, hasJetStream, users, exports, imports }: AccountAccess): string {
  const parts = [
    ...(hasJetStream ? ['jetstream: enabled'] : []),
    `users: ${block(users.map(formatUser))}`,
    ...(exports.length > 0 ? [`exports: ${block(exports.map(formatExport))}`] : []),
    ...(imports.length > 0 ? [`imports: ${block(imports.map(formatImport))}`] : []),
  ];
  return `  ${name} {\n${parts.map((part) => `    ${part}`).join('\n')}\n  }`;
}

function block(lines: readonly string[]): string {
  return `[\n${lines.map((line) => `      ${line}`).join('\n')}\n    ]`;
}

function formatUser({ name, publish, subscribe }: UserAccess): string {
  const login = `user: ${JSON.stringify(name)}, password: $${name.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
  if (!publish || !subscribe) return `{ ${login} }`;
  return `{ ${login}, permissions: { publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)} } }`;
}

function formatExport({ kind, subject, account }: SubjectExport): string {
  return `{ ${kind}: ${JSON.stringify(subject)}, accounts: [${account}] }`;
}

function formatImport({ kind, subject, to }: SubjectImport): string {
  const local = to === undefined ? '' : `, to: ${JSON.stringify(to)}`;
  return `{ ${kind}: { account: ${BUCKET_ACCOUNT}, subject: ${JSON.stringify(subject)} }${local} }`;
}
