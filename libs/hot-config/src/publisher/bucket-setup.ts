import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { HotConfigUnavailableError } from '../contract/index.js';
import type { Bucket } from '../sources/nats/bucket.js';
import { apiError, faultOf, forbiddenSubject } from '../sources/nats/errors.js';
import type { BucketNames } from '../sources/nats/wire.js';
import type { NatsPublisherOptions } from './publisher.js';

export interface BucketSetup {
  readonly info: StreamInfo;
  readonly notes: readonly string[];
}

/** Another client made a stream of this name, with other settings, between our look and our request. */
const NAME_IN_USE = 10058;

/** Creates the bucket, or adopts the one that is there. What the server refuses to change is reported, not fought. */
export async function setUpBucket(bucket: Bucket, options: NatsPublisherOptions): Promise<BucketSetup> {
  const found = await bucket.info();
  if (found) return adopt(bucket, found, options);
  try {
    const info = await bucket.jsm.streams.add(streamConfig(bucket.names, options));
    return { info, notes: [] };
  } catch (error) {
    const rival = apiError(error)?.code === NAME_IN_USE ? await bucket.info() : undefined;
    if (rival) return adopt(bucket, rival, options);
    throw explainRefusal(error, bucket);
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
  const { history = 20, replicas = 1, republish = true } = options;
  const { config } = found;
  const name = bucket.names.bucket;
  const notes: string[] = [];
  let info = found;
  if (!config.allow_direct) {
    const changed = await change(bucket, info.config, { allow_direct: true });
    info = changed.info ?? info;
    if (changed.refusal)
      notes.push(`The bucket "${name}" has no direct get, so reads go to its leader. ${changed.refusal}`);
  }
  if (republish && !config.republish) {
    const changed = await change(bucket, info.config, { republish: bucket.names.republish });
    info = changed.info ?? info;
    if (changed.refusal) {
      notes.push(
        `The bucket "${name}" republishes nothing, so each service needs a consumer as its hint. ${changed.refusal}`,
      );
    }
  }
  if (config.max_msgs_per_subject !== history) {
    notes.push(
      `The bucket "${name}" keeps ${config.max_msgs_per_subject} revisions of a key, ${history} are configured; left unchanged.`,
    );
  }
  if (config.num_replicas !== replicas) {
    notes.push(
      `The bucket "${name}" has ${config.num_replicas} replica(s), ${replicas} are configured; left unchanged.`,
    );
  }
  if (config.storage !== StorageType.File) {
    notes.push(`The bucket "${name}" is kept in memory: a restart of the server loses it.`);
  }
  return { info, notes };
}

/** Servers before 2.10 refuse to add republish to a stream (10052). Only the leader's refusal is an answer. */
async function change(
  bucket: Bucket,
  config: StreamConfig,
  difference: Partial<StreamConfig>,
): Promise<{ info?: StreamInfo; refusal?: string }> {
  try {
    return { info: await bucket.jsm.streams.update(bucket.names.stream, { ...config, ...difference }) };
  } catch (error) {
    const api = apiError(error);
    if (api && api.status < 503) {
      return {
        refusal: `The server refused to change that (${api.code}: ${api.description}). Recreate the bucket, or upgrade the server.`,
      };
    }
    const forbidden = forbiddenSubject(error);
    if (forbidden)
      return {
        refusal: `This user may not change that: grant "${forbidden.subject}", or change the stream by hand.`,
      };
    throw error;
  }
}

function explainRefusal(error: unknown, { names }: Bucket): unknown {
  const forbidden = faultOf(error) === 'permission' ? forbiddenSubject(error) : undefined;
  if (!forbidden) return error;
  return new HotConfigUnavailableError(
    `The bucket "${names.bucket}" does not exist and this user may not create it. Grant "${forbidden.subject}", or create the bucket by hand. Nothing is published until then.`,
    { cause: error },
  );
}
