import type { Msg } from '@nats-io/transport-node';
import { Logger } from '@nestjs/common';
import { NatsRequestJSONDeserializer } from '@nestjs/microservices';

/**
 * Whoever may publish to the subject can send anything, and Nest logs a stack for each message that is no JSON. Here that is
 * told once, without a word of the message.
 */
export class RequestDeserializer extends NatsRequestJSONDeserializer {
  private readonly logger = new Logger('Transport');
  private told = false;

  override deserialize(
    message: Msg,
    options?: { channel?: string },
  ): ReturnType<NatsRequestJSONDeserializer['deserialize']> {
    try {
      return super.deserialize(message, options);
    } catch {
      if (!this.told)
        this.logger.warn(
          `A message to "${options?.channel}" was no JSON and is not answered; no other is told`,
        );
      this.told = true;
      // As Nest takes JSON that is no request: an event, which gets no answer.
      return { pattern: options?.channel, data: undefined };
    }
  }
}
