import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { HotConfigModule } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import { CheckoutController } from './feature.js';
import { silent } from './recipe.fixture.js';
import { ShopConfig } from './shop.config.js';

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('the feature switch recipe on %s', (_, adapter) => {
  let app: INestApplication;

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ shop: {} }), HotConfigModule.forFeature([ShopConfig])],
      controllers: [CheckoutController],
    }).compile();
    app = module.createNestApplication(adapter(), { logger: silent });
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => app.close());

  const turn = (checkout: boolean): Promise<void> =>
    app.get(HotConfigTestStore).set(ShopConfig, { features: { checkout } });
  const get = async (): Promise<Response> => fetch(`${await app.getUrl()}/checkout`);

  it('answers 404 while the switch is off, and follows a change of the switch live', async () => {
    const off = await get();
    expect(off.status).toBe(404);
    expect(await off.json()).toMatchObject({ statusCode: 404, message: 'Not Found' });
    await turn(true);
    const on = await get();
    expect(on.status).toBe(200);
    expect(await on.json()).toEqual({ total: 42 });
    await turn(false);
    expect((await get()).status).toBe(404);
  });
});
