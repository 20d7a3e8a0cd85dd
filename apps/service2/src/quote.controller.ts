import { Controller, Get, UseGuards } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';

const quotes = [
  'Make the change easy, then make the easy change.',
  'The only constant is change.',
  'What cannot be changed must be restarted.',
];

/** One client gets as many quotes as the limits of the config allow. */
@Controller('quote')
@UseGuards(ThrottlerGuard)
export class QuoteController {
  private asked = 0;

  @Get()
  quote(): { quote: string } {
    return { quote: quotes[this.asked++ % quotes.length] as string };
  }
}
