import { Controller, Get } from '@nestjs/common';
import { HotFeature } from 'nestjs-hot-config';
import { ShopConfig } from './shop.config.js';

@Controller('checkout')
@HotFeature(ShopConfig, ({ features }) => features.checkout)
export class CheckoutController {
  @Get()
  total(): { readonly total: number } {
    return { total: 42 };
  }
}
