import type { Msg } from '@nats-io/transport-node';
import { Logger } from '@nestjs/common';
import { NatsRequestJSONDeserializer } from '@nestjs/microservices';

/**
 * Every client that may publish to the subject can send anything, and Nest logs a stack for each message that is not JSON. This
 * deserializer logs the first one only, without its content.
 */
export class RequestDeserializer extends NatsRequestJSONDeserializer {
  private readonly logger = new Logger('Transport');
  private hasLogged = false;

  override deserialize(
    message: Msg,
    options?: { channel?: string },
  ): ReturnType<NatsRequestJSONDeserializer['deserialize']> {
    try {
      return super.deserialize(message, options);
    } catch {
      if (!this.hasLogged)
        this.logger.warn(
          `A message to "${options?.channel}" was no JSON and is not answered; no other is logged`,
        );
      this.hasLogged = true;
      // Nest reads JSON that is no request as an event, and an event gets no answer.
      return { pattern: options?.channel, data: undefined };
    }
  }
}
