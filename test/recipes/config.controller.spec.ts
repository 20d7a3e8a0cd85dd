import { Test } from '@nestjs/testing';
import { HotConfigModule } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import { ConfigController } from './config.controller.js';
import { silent } from './recipe.fixture.js';
import { ShopConfig } from './shop.config.js';

it('the config page shows what is in force, what was rejected and why, and no secret', async () => {
  const module = await Test.createTestingModule({
    imports: [HotConfigTestingModule.forRoot({ shop: {} }), HotConfigModule.forFeature([ShopConfig])],
    controllers: [ConfigController],
  }).compile();
  const app = module.createNestApplication({ logger: silent });
  await app.listen(0, '127.0.0.1');
  const page = async (): Promise<unknown> => (await fetch(`${await app.getUrl()}/config`)).json();
  expect(await page()).toMatchObject([
    { key: 'shop', revision: 1, status: 'live', value: { database: { url: '[redacted]' } } },
  ]);
  await app.get(HotConfigTestStore).set(ShopConfig, { logging: { level: 'loud' } });
  expect(await page()).toMatchObject([
    {
      revision: 1,
      behind: { revision: 2 },
      rejection: { revision: 2, message: expect.stringContaining('logging.level') as string },
    },
  ]);
  await app.close();
});
