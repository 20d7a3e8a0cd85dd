import { Injectable } from '@nestjs/common';
import { type HotResource, hotResource, InjectHotResource } from 'nestjs-hot-config';
import { DataSource } from 'typeorm';
import { Order } from './order.entity.js';
import { ShopConfig } from './shop.config.js';

export const DATA_SOURCE = Symbol('DATA_SOURCE');

export const dataSource = hotResource({
  provide: DATA_SOURCE,
  from: ShopConfig,
  select: ({ database }) => database.url,
  // Connects and asks for the version: what cannot be reached rejects the change, and needs no `verify`.
  create: (url) =>
    new DataSource({ type: 'postgres', url, entities: [Order], connectTimeoutMS: 5_000 }).initialize(),
  dispose: (source) => source.destroy(),
});

@Injectable()
export class Orders {
  constructor(@InjectHotResource(DATA_SOURCE) private readonly database: HotResource<DataSource>) {}

  find(id: number): Promise<Order | null> {
    return this.database.use((source) => source.getRepository(Order).findOneBy({ id }));
  }
}
