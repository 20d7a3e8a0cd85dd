import { Controller, Dependencies, Get } from '@nestjs/common';
import { HotConfigService } from 'nestjs-hot-config';
import { hooked, steady } from './documents.mjs';
import { RecordingHook } from './hooks.mjs';

/** @import { HotConfigService as Configs } from 'nestjs-hot-config' */
/** @import { Steady } from './documents.mjs' */

/** Answers like `GET /config` of the samples, for both documents, with every marker of the value that is really served. */
export class ReadingController {
  /** @param {Configs} configs @param {RecordingHook} recording */
  constructor(configs, recording) {
    this.configs = configs;
    this.recording = recording;
  }

  read() {
    return [hooked, steady].map(({ key }) => {
      const ref = this.configs.ref(key);
      const { snapshot, status } = ref;
      const { revision, epoch, digest, appliedAt } = snapshot;
      const value = /** @type {Steady} */ (ref.value);
      const { rejection, hookFailures } = status;
      return {
        ...{ key, revision, epoch, digest, appliedAt, status: status.state },
        value: this.configs.redactedValue(key),
        markers: markersOf(value),
        frozen: Object.isFrozen(value) && Object.isFrozen(value.nested.list),
        notified: this.recording.notified[key],
        failedHooks: hookFailures.map(({ hook }) => hook),
        ...(rejection ? { rejection: { revision: rejection.revision, stage: rejection.stage } } : {}),
      };
    });
  }
}

Controller('readings')(ReadingController);
Dependencies(HotConfigService, RecordingHook)(ReadingController);
const read = Object.getOwnPropertyDescriptor(ReadingController.prototype, 'read');
if (read) Get()(ReadingController.prototype, 'read', read);

/** The numbers in the value, each once. All of them must be the number of its document. @param {Steady} value */
function markersOf({ marker, nested, database }) {
  const inUrl =
    database.host
      .match(/\d+/g)
      ?.map(Number)
      .filter((number) => number !== 5432) ?? [];
  return [...new Set([marker, nested.marker, ...nested.list, ...inUrl])];
}
