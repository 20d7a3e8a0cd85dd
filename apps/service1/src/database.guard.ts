import { Injectable } from '@nestjs/common';
import type { BeforeHotConfigChange, HotConfigChange } from 'nestjs-hot-config';
import type { Service1Config } from './service1.config.js';

/** Called before each change. Throwing keeps the old value; the log and the status show the message as the reason. */
@Injectable()
export class DatabaseGuard implements BeforeHotConfigChange {
  beforeHotConfigChange(change: HotConfigChange<Service1Config>): void {
    if (change.key !== 'service1' || !change.has('database.host')) return;
    const { pathname } = new URL(change.current.database.host);
    if (pathname.length < 2) throw new Error('database.host names a server but no database on it');
  }
}
