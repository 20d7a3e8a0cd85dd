import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { HotConfigUnavailableError } from '../../contract/index.js';
import type { Bucket } from '../bucket.js';
import { apiError, faultOf, forbiddenSubject, unusableBucket } from '../errors.js';
import type { BucketNames } from '../wire.js';
import type { NatsPublisherOptions } from './publisher.js';

export interface BucketSetup {
  readonly info: StreamInfo;
  readonly notes: readonly string[];
}

/** Another client created a stream of this name, with other settings, just before this request. */
const NAME_IN_USE = 10058;

/** Creates the bucket, or adopts an existing one. A change that the server rejects becomes a note, and the bucket is used as it is. */
export async function setUpBucket(bucket: Bucket, options: NatsPublisherOptions): Promise<BucketSetup> {
  const found = await bucket.info();
  if (found) return adopt(bucket, found, options);
  try {
    const info = await bucket.jsm.streams.add(streamConfig(bucket.names, options));
    return { info, notes: [] };
  } catch (error) {
    const rival = apiError(error)?.code === NAME_IN_USE ? await bucket.info() : undefined;
    if (rival) return adopt(bucket, rival, options);
    throw explainRejection(error, bucket);
  }
}

function streamConfig(
  names: BucketNames,
  options: NatsPublisherOptions,
): Partial<StreamConfig> & { name: string } {
  const { history = 20, replicas = 1, maxValueBytes = -1, republish = true } = options;
  return {
    name: names.stream,
    subjects: [names.allSubjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: history,
    max_msg_size: maxValueBytes,
    num_replicas: replicas,
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    ...(republish ? { republish: names.republish } : {}),
  };
}

async function adopt(bucket: Bucket, found: StreamInfo, options: NatsPublisherOptions): Promise<BucketSetup> {
  const { config } = found;
  const { bucket: name } = bucket.names;
  checkTakesDocuments(config, bucket.names);
  const missing: [Partial<StreamConfig>, string][] = [];
  if (!config.allow_direct)
    missing.push([{ allow_direct: true }, 'has no direct get, so reads go to its leader.']);
  if ((options.republish ?? true) && !config.republish)
    missing.push([
      { republish: bucket.names.republish },
      'republishes nothing, so each service needs a consumer as its hint.',
    ]);
  const notes: string[] = [];
  let info = found;
  for (const [difference, consequence] of missing) {
    const changed = await change(bucket, info.config, difference);
    info = changed.info ?? info;
    if (changed.rejection) notes.push(`The bucket "${name}" ${consequence} ${changed.rejection}`);
  }
  return { info, notes: [...notes, ...lossNotes(config, name), ...differenceNotes(config, name, options)] };
}

/** A put to a subject that the stream does not listen to gets no answer, as if the leader were gone: so it is checked here. */
function checkTakesDocuments({ mirror, subjects = [] }: StreamConfig, names: BucketNames): void {
  const { stream, allSubjects } = names;
  const unusable = `The bucket "${names.bucket}" takes no documents: its stream ${stream}`;
  const remove = `remove it with "nats stream rm ${stream}", so that it is created again. Nothing is published until then.`;
  if (mirror)
    throw unusableBucket(
      `${unusable} is a mirror of "${mirror.name}". Publish to the bucket that it mirrors, or ${remove}`,
    );
  if (subjects.some((subject) => covers(subject, allSubjects))) return;
  const heard = subjects.map((subject) => `"${subject}"`).join(', ') || 'no subject';
  throw unusableBucket(
    `${unusable} listens to ${heard}, not to "${allSubjects}". Correct its subjects, or ${remove}`,
  );
}

/** Whether the stream's subject includes `all`, which ends with `>`: only a subject that ends with `>` can. */
function covers(subject: string, all: string): boolean {
  const [tokens, allTokens] = [subject.split('.'), all.split('.')];
  const isOpen = tokens.pop() === '>' && tokens.length < allTokens.length;
  return isOpen && tokens.every((token, at) => token === '*' || token === allTokens[at]);
}

/** Settings by which the bucket loses documents. The publisher can only put such a document again, each time. */
function lossNotes(config: StreamConfig, name: string): string[] {
  const { max_age: age, max_bytes: bytes, max_msgs: count, discard, retention, sealed } = config;
  const reasons: string[] = [];
  if (age > 0) reasons.push(`that are ${age / 1e9} s old (max_age)`);
  if (discard === DiscardPolicy.Old && (bytes > 0 || count > 0))
    reasons.push('when it is full (max_bytes or max_msgs, and discard "old")');
  if (retention !== RetentionPolicy.Limits)
    reasons.push(`by its retention "${retention}", where it should be "limits"`);
  const notes = reasons.map((reason) => `The bucket "${name}" drops documents ${reason}; left unchanged.`);
  return sealed ? [...notes, `The bucket "${name}" is sealed: nothing can be put into it.`] : notes;
}

function differenceNotes(config: StreamConfig, name: string, options: NatsPublisherOptions): string[] {
  const { history = 20, replicas = 1 } = options;
  const { max_msgs_per_subject: kept, num_replicas: existing, storage } = config;
  const notes: string[] = [];
  if (kept !== history)
    notes.push(`keeps ${kept} revisions of a key, ${history} are configured; left unchanged.`);
  if (existing !== replicas)
    notes.push(`has ${existing} replica(s), ${replicas} are configured; left unchanged.`);
  if (storage !== StorageType.File) notes.push('is kept in memory: a restart of the server loses it.');
  return notes.map((note) => `The bucket "${name}" ${note}`);
}

/** Servers before 2.10 reject adding republish to a stream (10052). An error of 503 or above is no answer, and is thrown. */
async function change(
  bucket: Bucket,
  config: StreamConfig,
  difference: Partial<StreamConfig>,
): Promise<{ info?: StreamInfo; rejection?: string }> {
  try {
    return { info: await bucket.jsm.streams.update(bucket.names.stream, { ...config, ...difference }) };
  } catch (error) {
    const api = apiError(error);
    if (api && api.status < 503) {
      return {
        rejection: `The server rejected that change (${api.code}: ${api.description}). Recreate the bucket, or upgrade the server.`,
      };
    }
    const forbidden = forbiddenSubject(error);
    if (forbidden)
      return {
        rejection: `This user may not change that: grant "${forbidden.subject}", or change the stream by hand.`,
      };
    throw error;
  }
}

function explainRejection(error: unknown, { names }: Bucket): unknown {
  const forbidden = faultOf(error) === 'permission' ? forbiddenSubject(error) : undefined;
  if (!forbidden) return error;
  return new HotConfigUnavailableError(
    `The bucket "${names.bucket}" does not exist and this user may not create it. Grant "${forbidden.subject}", or create the bucket by hand. Nothing is published until then.`,
    { cause: error },
  );
}
