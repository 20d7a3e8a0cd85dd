import { Test } from '@nestjs/testing';
import { HotConfigModule } from 'nestjs-hot-config';
import { createHotResource, HotConfigTestingModule } from 'nestjs-hot-config/testing';
import { ShopConfig } from './shop.config.js';
import { DATA_SOURCE, dataSource, Orders } from './typeorm.js';

const order = { id: 1, article: 'tea' };
const fake = { getRepository: () => ({ findOneBy: () => Promise.resolve(order) }) };

it('finds an order, without a database', async () => {
  const module = await Test.createTestingModule({
    imports: [HotConfigTestingModule.forRoot({ shop: {} }), HotConfigModule.forFeature([ShopConfig])],
    providers: [dataSource, Orders],
  })
    .overrideProvider(DATA_SOURCE)
    .useValue(createHotResource(fake))
    .compile();
  await expect(module.get(Orders).find(1)).resolves.toEqual(order);
  await module.close();
});
