import {
  Inject,
  Injectable,
  mixin,
  NotFoundException,
  Optional,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { DeepReadonly } from '../contract/index.js';
import { keyOf, type HotConfigTarget } from '../schema/index.js';
import { requestObject, type RequestOf } from './hot-config.interceptor.js';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { HOT_CONFIG_REQUEST_OF, HOT_CONFIG_RUNTIME } from './tokens.js';

/**
 * Opens a route, or all routes of a controller, only while a switch of a config is on. Off: as if there were no such route
 * (404; over another transport than HTTP an error). The handler behind it sees the same view if `pinRequests` or `HotConfigInterceptor` is in use.
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
