import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  mixin,
  NotFoundException,
  Optional,
  UseGuards,
} from '@nestjs/common';
import type { DeepReadonly } from '../contract/index.js';
import { type HotConfigTarget, keyOf } from '../schema/index.js';
import { requestObject, type RequestOf } from './hot-config.interceptor.js';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { HOT_CONFIG_REQUEST_OF, HOT_CONFIG_RUNTIME } from './tokens.js';

/**
 * Opens a route, or all routes of a controller, only while `isOn` returns true. Otherwise the answer is 404, as for a route that does
 * not exist; over another transport than HTTP it is an error. With `pinRequests` or `HotConfigInterceptor` the handler reads the same
 * values.
 *
 *     @HotFeature(Service1Config, (config) => config.features.enable_feature_x)
 *
 * @throws HotConfigNotRegisteredError in each request, if no `forFeature` declares the config
 */
export function HotFeature<C extends object>(
  target: HotConfigTarget<C>,
  isOn: (config: DeepReadonly<C>) => boolean,
): ClassDecorator & MethodDecorator {
  @Injectable()
  class HotFeatureGuard implements CanActivate {
    constructor(
      @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
      @Optional() @Inject(HOT_CONFIG_REQUEST_OF) private readonly requestOf: RequestOf = requestObject,
    ) {}

    canActivate(context: ExecutionContext): boolean {
      const pin = this.runtime.pinOf(this.requestOf(context));
      const { result, leave } = this.runtime.enter(pin, () => isOn(this.runtime.ref<C>(keyOf(target)).value));
      leave();
      if (!result) throw new NotFoundException();
      return true;
    }
  }
  return UseGuards(mixin(HotFeatureGuard));
}
