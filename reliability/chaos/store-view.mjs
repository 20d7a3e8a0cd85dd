import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';

/** @import { JetStreamManager } from '@nats-io/jetstream' */
/** @import { NatsConnection } from '@nats-io/transport-node' */

const stream = 'KV_configs';
/** Milliseconds until a request is repeated, so that a request lost with a connection does not make a recovery look long. */
const askMs = 400;
/** Milliseconds within which a change must be acknowledged. */
const changeMs = 2_000;
/** The error code for a stream that does not exist. */
const noStream = 10059;
/** The error code for a message that the stream does not have. */
const noMessage = 10037;

/** Access to the bucket through a separate client, which shares no code with the product. Only leaders answer its requests. */
export class StoreView {
  #connection;
  #asking;
  #changing;

  /**
   * @param {NatsConnection} connection
   * @param {JetStreamManager} asking
   * @param {JetStreamManager} changing
   */
  constructor(connection, asking, changing) {
    this.#connection = connection;
    this.#asking = asking;
    this.#changing = changing;
  }

  /** @param {string[]} servers of which at least one runs */
  static async open(servers) {
    const connection = await connect({
      servers: servers.map((url) => url.replace('nats://', '')),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      pingInterval: 3_000,
      maxPingOut: 2,
      waitOnFirstConnect: true,
    });
    const manager = (/** @type {number} */ timeout) =>
      jetstreamManager(connection, { checkAPI: false, timeout });
    return new StoreView(connection, await manager(askMs), await manager(changeMs));
  }

  /**
   * Whether a leader answers for the bucket. The answer that there is no bucket counts too.
   *
   * @returns {Promise<'whole' | 'in part' | undefined>} in part: a replica is not complete yet
   */
  async answers() {
    try {
      const { cluster } = await this.#asking.streams.info(stream);
      return cluster?.replicas?.every(({ current }) => current) === false ? 'in part' : 'whole';
    } catch (error) {
      return isApiError(error, noStream) ? 'whole' : undefined;
    }
  }

  /** Whether the bucket stores a put. It puts the delete mark of a key that never existed. True when there is no bucket. */
  async storesDocuments() {
    try {
      const answer = await this.#markDeleted('nothing');
      return answer.json().error === undefined;
    } catch {
      return this.#asking.streams.info(stream).then(
        () => false,
        (error) => isApiError(error, noStream),
      );
    }
  }

  /** The creation time of the bucket, from its leader. Undefined when there is no bucket or no answer. */
  epoch() {
    return this.#asking.streams.info(stream).then(
      ({ created }) => String(created),
      () => undefined,
    );
  }

  /**
   * The newest document of a key.
   *
   * @param {string} key
   * @returns {Promise<{ revision: number, digest: string } | undefined>} undefined when there is no document or no answer
   */
  async newest(key) {
    try {
      const message = await this.#asking.streams.getMessage(stream, { last_by_subj: `$KV.configs.${key}` });
      const digest = message?.header.get('Hot-Config-Digest');
      return message && digest ? { revision: message.seq, digest } : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Reports each document that is put, as the bucket republishes it.
   *
   * @param {(key: string, digest: string, revision: number) => void} onPut
   */
  follow(onPut) {
    this.#connection.subscribe('hotconfig.configs.document.>', {
      callback: (_error, { subject, headers: found }) => {
        const digest = found?.get('Hot-Config-Digest');
        const revision = Number(found?.get('Nats-Sequence'));
        if (digest) onPut(subject.replace('hotconfig.configs.document.', ''), digest, revision);
      },
    });
  }

  async deleteBucket() {
    await this.#insist(noStream, () => this.#changing.streams.delete(stream));
  }

  /** @param {string} [key] all keys without one */
  async purge(key) {
    await this.#insist(noStream, () =>
      this.#changing.streams.purge(stream, key === undefined ? undefined : { filter: `$KV.configs.${key}` }),
    );
  }

  /** Deletes a key as `kv.delete` does. @param {string} key */
  async deleteKey(key) {
    await this.#insist(noMessage, () => this.#markDeleted(key));
  }

  close() {
    return this.#connection.close();
  }

  /** @param {string} key */
  #markDeleted(key) {
    const mark = headers();
    mark.set('KV-Operation', 'DEL');
    return this.#connection.request(`$KV.configs.${key}`, '', { headers: mark, timeout: changeMs });
  }

  /**
   * Repeats a change until it is done, and gives up silently, because another fault may keep the store from answering.
   *
   * @param {number} done the error code when there is nothing left to do
   * @param {() => Promise<unknown>} work
   */
  async #insist(done, work) {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await work();
        return;
      } catch (error) {
        if (isApiError(error, done)) return;
        await sleep(200);
      }
    }
  }
}

/** @param {unknown} error @param {number} code */
function isApiError(error, code) {
  return error instanceof JetStreamApiError && error.code === code;
}
